"""What is seldom done with a card, and what it leads to: holding, cancelling, reopening."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.cards import SeenCard
from engine.core.actors import user
from engine.core.rights import Deed, may


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseChoice:
    """A phase that can be chosen."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedShown:
    """Something seldom done with a card, with what it leads to."""

    name: str
    label: str
    consequence: str
    asks_reason: bool
    destructive: bool = False
    phases: tuple[PhaseChoice, ...] = ()


def deeds_of(seen: SeenCard) -> tuple[DeedShown, ...]:
    """What the reader may do with the card besides working on it."""
    card, definition = seen.card, seen.published.pipe.definition
    noun = definition.card.noun
    deeds = []
    is_open = card.life.status == "open"
    if is_open and card.life.hold is None and _may(seen, "hold"):
        deeds.append(
            DeedShown(
                name="hold",
                label="Put on hold",
                consequence="Its clocks stand still and nobody can move it until it is resumed.",
                asks_reason=True,
            )
        )
    if is_open and card.life.hold is not None and _may(seen, "resume"):
        deeds.append(
            DeedShown(
                name="resume",
                label="Resume",
                consequence="Its clocks go on, and it can be moved again.",
                asks_reason=False,
            )
        )
    if is_open and _may(seen, "cancel"):
        deeds.append(
            DeedShown(
                name="cancel",
                label=f"Cancel this {noun}",
                consequence="It ends without being finished. A pipe admin can reopen it.",
                asks_reason=True,
                destructive=True,
            )
        )
    if not is_open and _may(seen, "reopen"):
        phases: Mapping[str, str] = {
            phase.id: phase.name for phase in definition.phases if phase.final is None
        }
        deeds.append(
            DeedShown(
                name="reopen",
                label="Reopen",
                consequence="It goes on in the phase you choose; its history stays.",
                asks_reason=True,
                phases=tuple(PhaseChoice(id=key, name=name) for key, name in phases.items()),
            )
        )
    return tuple(deeds)


def _may(seen: SeenCard, deed: Deed) -> bool:
    return may(deed, user(seen.standing.user), seen.standing, seen.card)
