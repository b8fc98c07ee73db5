"""What is around a card on its page: connected cards, buttons, and what automations did."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.cards import SeenCard
from api.connecting import Connection, connections_of
from api.pages.words import Tone, ago, moment, span
from api.services import Services
from engine.core.actors import automation_name, user
from engine.core.automatic import Button, buttons_for
from engine.core.automations import story_of
from engine.core.facts import Facts
from engine.core.rights import may
from engine.locales import Locale
from engine.store import runs
from engine.store.runs import Run
from pipes.identifiers import Instant

_RUNS = 10
# Of a longer chain the beginning and the end are told; why one was stopped tells all of it.
_LINKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionShown:
    """A connection; `may_link` is for those of this card that are open to change."""

    connection: Connection
    may_link: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunShown:
    """A run of an automation in a few words; `tried` is how often in vain, and when again."""

    id: str
    name: str
    card: str
    state: str
    has_ended: bool
    tone: Tone
    cause: str
    when: Markup
    took: str
    did: tuple[str, ...]
    reasons: tuple[str, ...]
    tried: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is around the card; `administers` is for those who look after automations."""

    connections: tuple[ConnectionShown, ...]
    buttons: tuple[Button, ...]
    runs: tuple[RunShown, ...]
    administers: bool


async def around(
    services: Services, seen: SeenCard, facts: Facts, *, now: Instant, locale: Locale
) -> Around:
    """Everything around the card, for whoever looks."""
    card, pipe = seen.card, seen.published.pipe
    actor = user(seen.standing.user)
    may_edit = card.life.status == "open" and may("edit", actor, seen.standing, card)
    editable = pipe.editable(card.stay.phase) if may_edit else frozenset()
    async with services.database.reading() as connection:
        latest = await runs.of_card(connection, card.identity.id, limit=_RUNS)
    return Around(
        connections=tuple(
            ConnectionShown(connection=each, may_link=each.is_own and each.connection in editable)
            for each in await connections_of(services, seen)
        ),
        buttons=buttons_for(pipe, card, actor, facts),
        runs=runs_shown(latest, now=now, locale=locale),
        administers=seen.standing.is_pipe_admin,
    )


def runs_shown(found: Sequence[Run], *, now: Instant, locale: Locale) -> tuple[RunShown, ...]:
    """Runs as a list shows them."""
    return tuple(_run(run, now=now, locale=locale) for run in found)


_STATES: dict[str, tuple[str, Tone]] = {
    "running": ("Running", "warn"),
    "done": ("Done", "good"),
    "failed": ("Failed", "bad"),
}
_AGAIN: tuple[str, Tone] = ("Trying again", "warn")


def _run(run: Run, *, now: Instant, locale: Locale) -> RunShown:
    state, tone = _AGAIN if run.state == "running" and run.tries else _STATES[run.state]
    ended = run.ended_at or now
    seconds = (ended - run.began_at).total_seconds()
    return RunShown(
        id=run.order.id,
        name=automation_name(run.order.automation),
        card=run.order.card_key,
        state=state,
        has_ended=run.state != "running",
        tone=tone,
        cause=_cause(run),
        when=ago(run.began_at, now=now, locale=locale),
        took=span(seconds) if seconds >= 1 else "under 1 s",
        did=run.done,
        reasons=run.reasons,
        tried=_tried(run, now=now, locale=locale),
    )


def _tried(run: Run, *, now: Instant, locale: Locale) -> Markup:
    """How often the step that it is at was tried in vain, and when it is tried again."""
    if not run.tries:
        return Markup()
    often = "Tried once" if run.tries == 1 else f"Tried {run.tries} times"
    if run.next_try_at is None:
        return Markup("{}.").format(often)
    left = (run.next_try_at - now).total_seconds()
    if left < 1:
        return Markup("{}; tried again now.").format(often)
    at = moment(run.next_try_at, locale)
    return Markup("{}; tried again in {} ({}).").format(often, span(left), at)


def _cause(run: Run) -> str:
    """What set it off: the event, and what led to that by itself."""
    event = run.order.event.replace(".", " ").replace("_", " ")
    earlier = run.order.chain[:-1]
    if not earlier:
        return event
    skipped = len(earlier) - _LINKS
    if skipped <= 1:
        return f"{event}, after {story_of(earlier)}"
    return f"{event}, after {story_of(earlier[:1])} → {skipped} more → {story_of(earlier[-2:])}"
