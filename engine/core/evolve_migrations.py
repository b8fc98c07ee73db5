"""How going over to another version of the pipe changes a card."""

from collections.abc import Mapping

from engine.core.card import Card, Clock, Pin, Stay
from engine.core.commands import ClockId
from engine.core.migration_events import CardMigrated
from pipes.identifiers import FieldId, JsonValue
from pipes.quick import replace


def migrated(card: Card, body: CardMigrated) -> Card:
    """The card on the other version."""
    handoff = card.handoff
    if handoff is not None and body.handoff_source is not None:
        handoff = replace(handoff, source=body.handoff_source)
    gone = {*body.dropped, *body.archived}
    values: dict[FieldId, JsonValue] = {
        body.renamed.get(name, name): value
        for name, value in card.values.items()
        if name not in gone
    }
    values |= {name: card.archived[name] for name in body.restored}
    no_more = {*body.restored, *body.dropped}
    kept = {name: each for name, each in card.archived.items() if name not in no_more}
    return replace(
        card,
        pin=Pin(version=body.definition_version, hash=body.definition_hash),
        earlier=(*card.earlier, body.source_version),
        stay=_stay(card.stay, body),
        work=replace(card.work, title=body.title),
        values=values,
        archived={**kept, **body.archived},
        clocks=_clocks(card.clocks, body),
        handoff=handoff,
        complete=body.complete,
    )


def _stay(stay: Stay, body: CardMigrated) -> Stay:
    timers = tuple(timer for timer in stay.timers if timer.transition in body.timers)
    return replace(stay, phase=body.target, before=body.before, timers=timers)


def _clocks(clocks: Mapping[ClockId, Clock], body: CardMigrated) -> dict[ClockId, Clock]:
    """The clocks under their new names; of two that would be called alike, the one that runs."""
    found: dict[ClockId, Clock] = {}
    for name, clock in sorted(clocks.items(), key=lambda pair: pair[1].is_alive):
        called = body.clocks.get(name, name)
        steps = body.steps.get(name, clock.steps)
        found[called] = replace(clock, id=called, steps=steps)
    return found
