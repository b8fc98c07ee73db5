"""Going over to another version of the pipe: what becomes of a card, or why it cannot.

Decisions and dry runs both ask here. A card whose phase, handoff or request has no counterpart is
refused; nothing is guessed. What becomes of its clocks is in `migrating_clocks`.
"""

from collections.abc import Iterable, Iterator

from engine.core.approval_events import RequestReturned
from engine.core.approvals import questions_deciding
from engine.core.card import Card, Request
from engine.core.clock_names import HANDOFF_CLOCK, PIPE_CLOCK, phase_clock, stage_clock
from engine.core.clocks import questions_settling, stop_clocks
from engine.core.commands import ALL_OTHERS, ClockId, MigrateCard, MigrationPlan, Values
from engine.core.events import LimitExceeded
from engine.core.evolve_migrations import migrated
from engine.core.facts import Question
from engine.core.gates import crowds, questions_room
from engine.core.migrating_clocks import (
    migrate_clocks,
    questions_clocks,
    steps_kept,
    timer_name,
    timers_kept,
    treatment,
)
from engine.core.migration_events import CardMigrated
from engine.core.moving import questions_children, questions_following
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import may_see_field, reasons_against_deed
from engine.core.stages import stage_of
from engine.core.story import Story
from engine.core.values import (
    fill_in_defaults,
    finished,
    questions_unique,
    questions_values,
    reasons_in_the_world,
    reasons_misfitting,
    record_changes,
    set_values,
    title_of,
)
from pipes.definition import Definition, Phase
from pipes.forms import CompiledPipe, connections, is_empty
from pipes.identifiers import FieldId, JsonValue, PhaseId
from pipes.quick import replace

_NO_VALUES = ("formula", "statement")

# --- what has to be known -------------------------------------------------------------------------


def questions_migrating(
    pipe: CompiledPipe, target: CompiledPipe | None, card: Card, wish: MigrateCard
) -> set[Question]:
    """What has to be known before the card can go over; nothing if that is refused anyway."""
    if target is None or card.life.status != "open" or _runs_it(card, wish):
        return set()
    body = becoming(target, card, wish)
    if not isinstance(body, CardMigrated):
        return set()
    free = replace(card, pending=None) if _is_void(card, wish.plan) else card
    bare = migrated(free, body)
    given = _given(bare, wish.plan)
    after = replace(bare, values={**bare.values, **given})
    asked = questions_values(target, _new_values(pipe, target, card, body) | given)
    asked |= questions_unique(target, after.values)
    asked |= questions_children(target, after) | questions_deciding(target, after)
    asked |= questions_clocks(target, after, wish.plan)
    asked |= questions_settling(target, after, is_held=True) | questions_following(target, after)
    if body.source != body.target:
        asked |= questions_room(target.definition.phase(body.target))
    return asked


# --- the command ----------------------------------------------------------------------------------


def decide_migrate(story: Story, wish: MigrateCard) -> None:
    """Brings the card onto the other version; what follows there is decided by that version."""
    card, old, target = story.card, story.pipe, story.target
    story.against(reasons_against_deed("migrate", story.command.actor, story.facts.actor, card))
    if target is None or target.definition.id != old.definition.id:
        message = f"The pipe has no version {wish.definition_version}."
        story.against([Reason(code=ReasonCode.UNKNOWN_VERSION, message=message)])
        return
    if card.life.status != "open":
        story.against([finished(card)])
    if story.reasons or _runs_it(card, wish):
        return
    body = becoming(target, card, wish)
    if not isinstance(body, CardMigrated):
        story.against(body)
        return
    if _is_void(card, wish.plan):
        _return_request(story, wish)
    story.happens(body)
    story.pipe = target
    _settle_values(story, old, (card, body), wish.plan)
    if story.reasons:
        return
    migrate_clocks(story, (old, card), body, wish.plan)
    if body.source != body.target:
        phase = target.definition.phase(body.target)
        for room, others in crowds(phase, story.facts):
            story.happens(LimitExceeded(phase=phase.id, limit=room.limit, cards=others + 1))


def _runs_it(card: Card, wish: MigrateCard) -> bool:
    return card.pin.version == wish.definition_version


def _return_request(story: Story, wish: MigrateCard) -> None:
    pending = story.card.pending
    if pending is None:
        return
    if pending.stage is not None:
        stop_clocks(story, [stage_clock(pending.stage)])
    why = (
        f"The card has gone over to version {wish.definition_version} of its pipe. Ask again if it"
        " is still wanted."
    )
    story.happens(RequestReturned(transition=pending.transition, reasons=(why,)))


def _settle_values(
    story: Story, old: CompiledPipe, was: tuple[Card, CardMigrated], plan: MigrationPlan
) -> None:
    """Judges values by the other version, gives those that are to be given, works out formulas."""
    target, (card, body) = story.pipe, was
    new = _new_values(old, target, card, body)
    reasons = reasons_misfitting(target, new, story.facts.today)
    reasons += reasons_in_the_world(story, new)
    held = {name: value for name, value in story.card.values.items() if name not in new}
    reasons += reasons_in_the_world(story, _unique_only(target, held))
    story.against(_discreetly(story, reasons))
    if story.reasons:
        return
    given = _given(story.card, plan)
    if given:
        set_values(story, given)
    before = {body.renamed.get(name, name) for name in old.definition.fields}
    fill_in_defaults(story, before)
    record_changes(story, {})


def _unique_only(target: CompiledPipe, values: Values) -> Values:
    fields = target.definition.fields
    return {
        name: value
        for name, value in values.items()
        # Whom and which cards it names is as it was.
        if fields[name].unique and fields[name].kind not in ("user", "users", "connection")
    }


def _discreetly(story: Story, reasons: Iterable[Reason]) -> Iterator[Reason]:
    """Reasons without what they tell of values that the actor may not see."""
    fields = story.pipe.definition.fields
    for reason in reasons:
        field = fields.get(reason.field) if reason.field is not None else None
        if field is None or may_see_field(field, story.facts.actor, story.card):
            yield reason
        else:
            yield replace(reason, message=f"{field.label}: the value does not fit.", pointer=None)


# --- what becomes of it ---------------------------------------------------------------------------


def becoming(target: CompiledPipe, card: Card, wish: MigrateCard) -> CardMigrated | list[Reason]:
    """How the card stands in the other version, or everything that has no counterpart there."""
    plan, there = wish.plan, target.definition
    reasons = [*reasons_against_plan(target, plan), *_reasons_against_collisions(card, plan)]
    phase = _counterpart(there, plan, card.stay.phase)
    reasons += _reasons_against_phase(wish, phase, card.stay.phase)
    source = None
    if card.handoff is not None:
        source = _counterpart(there, plan, card.handoff.source)
        reasons += _reasons_against_handoff(wish, phase, source)
    if card.pending is not None and phase is not None and not _is_void(card, plan):
        reasons += _reasons_against_request(wish, there, phase, card.pending)
    if phase is None:
        return reasons
    body = _body(target, card, wish, phase)
    after = migrated(card, body)
    reasons += _reasons_against_clocks(there, card, after, wish)
    if reasons:
        return reasons
    timers = timers_kept(target, phase.id, card.stay.timers, plan)
    names = body.clocks
    steps = {
        clock.id: kept
        for clock in card.clocks.values()
        if (kept := steps_kept(target, clock, names.get(clock.id, clock.id))) != clock.steps
    }
    return replace(
        body,
        handoff_source=source.id if source is not None else None,
        timers=timers,
        steps=steps,
    )


def _body(target: CompiledPipe, card: Card, wish: MigrateCard, phase: Phase) -> CardMigrated:
    plan, there = wish.plan, target.definition
    everything = {**card.archived, **card.values}
    dropped = {name: value for name, value in everything.items() if _is_dropped(plan, name)}
    kept = {name: value for name, value in card.values.items() if name not in dropped}
    renamed = {name: new for name in kept if (new := plan.fields.get(name)) is not None}
    archived = {
        name: value
        for name, value in kept.items()
        if name not in renamed and not _keeps(there, name)
    }
    values: dict[FieldId, JsonValue] = {
        renamed.get(name, name): value for name, value in kept.items() if name not in archived
    }
    restored = tuple(
        name
        for name in card.archived
        if name not in values and name not in dropped and _keeps(there, name)
    )
    values |= {name: card.archived[name] for name in restored}
    before = _counterpart(there, plan, card.stay.before) if card.stay.before is not None else None
    complete = {renamed.get(name, name) for name in card.complete} & set(connections(there))
    return CardMigrated(
        source_version=card.pin.version,
        definition_version=wish.definition_version,
        definition_hash=wish.definition_hash,
        source=card.stay.phase,
        target=phase.id,
        title=title_of(there, card.identity.key, values),
        before=before.id if before is not None else None,
        renamed={old: new for old, new in renamed.items() if old != new},
        dropped=dropped,
        archived=archived,
        restored=restored,
        clocks=_clock_names(card, plan),
        complete=tuple(sorted(complete)),
    )


def _clock_names(card: Card, plan: MigrationPlan) -> dict[ClockId, ClockId]:
    """The new names of clocks whose phases are called otherwise."""
    return {
        phase_clock(old): phase_clock(new)
        for old, new in plan.phases.items()
        if old != new and phase_clock(old) in card.clocks
    }


def _keeps(there: Definition, name: FieldId) -> bool:
    """Whether the version has a field of that id that keeps a value."""
    return name in there.fields and there.fields[name].kind != "statement"


def _is_dropped(plan: MigrationPlan, name: FieldId) -> bool:
    return name in plan.fields and plan.fields[name] is None


def _counterpart(there: Definition, plan: MigrationPlan, phase: PhaseId) -> Phase | None:
    return there.phases_by_id.get(plan.phases.get(phase, phase))


def _is_void(card: Card, plan: MigrationPlan) -> bool:
    if card.pending is None:
        return False
    others = plan.requests.get(ALL_OTHERS, "kept")
    return plan.requests.get(card.pending.transition, others) == "void"


def _new_values(
    pipe: CompiledPipe, target: CompiledPipe, card: Card, body: CardMigrated
) -> dict[FieldId, JsonValue]:
    """The values that the other version has to judge: restored, or of another kind there."""
    old, new = pipe.definition.fields, target.definition.fields
    called = {after: before for before, after in body.renamed.items()}
    found: dict[FieldId, JsonValue] = {}
    for name, value in migrated(card, body).values.items():
        field, before = new[name], old.get(called.get(name, name))
        if field.kind in _NO_VALUES or is_empty(value):
            continue
        kept_as = None if before is None else (before.kind, before.options)
        if name in body.restored or (field.kind, field.options) != kept_as:
            found[name] = value
    return found


def _given(card: Card, plan: MigrationPlan) -> dict[FieldId, JsonValue]:
    """What the card is given of the plan: what it has no value for."""
    return {name: value for name, value in plan.values.items() if is_empty(card.values.get(name))}


# --- what stands against it -----------------------------------------------------------------------


def reasons_against_plan(target: CompiledPipe, plan: MigrationPlan) -> Iterator[Reason]:
    """What a plan says of the other version that is not so there."""
    there = target.definition
    for phase in dict.fromkeys(plan.phases.values()):
        if phase not in there.phases_by_id:
            yield _bad_plan(f"The version has no phase “{phase[:80]}”.")
    taken: dict[FieldId, FieldId] = {}
    for old, new in plan.fields.items():
        if new is None:
            continue
        if not _keeps(there, new):
            yield _bad_plan(f"The version has no field “{new[:80]}” that keeps a value.", new)
        if new in taken:
            message = f"“{taken[new][:80]}” and “{old[:80]}” cannot both become “{new[:80]}”."
            yield _bad_plan(message, new)
        taken[new] = old
    for name in plan.values:
        if not _keeps(there, name):
            yield _bad_plan(f"The version has no field “{name[:80]}” that keeps a value.", name)


def reasons_against_names(known: Iterable[Definition], plan: MigrationPlan) -> Iterator[Reason]:
    """What a plan names that none of these versions has: most likely somebody mistyped."""
    versions = tuple(known)
    phases = {phase for each in versions for phase in each.phases_by_id}
    fields = {field for each in versions for field in each.fields}
    ways = {way for each in versions for way in each.transitions_by_id}
    clocks = {name for each in versions for name in _clocks_of(each)}
    for kind, named, there in (
        ("phase", plan.phases, phases),
        ("field", plan.fields, fields),
        ("clock or timer", plan.clocks, {*clocks, ALL_OTHERS}),
        ("transition", plan.requests, {*ways, ALL_OTHERS}),
    ):
        for name in named:
            if name not in there:
                yield _bad_plan(f"No version of these cards has a {kind} “{name[:80]}”.")


def _clocks_of(definition: Definition) -> Iterator[str]:
    """How a plan may call clocks and timers of a version."""
    yield from (PIPE_CLOCK, HANDOFF_CLOCK)
    yield from (phase_clock(phase) for phase in definition.phases_by_id)
    for way in definition.transitions:
        if way.after is not None:
            yield timer_name(way.id)
        for stage in way.approval.stages if way.approval is not None else ():
            yield stage_clock(stage.id)


def _reasons_against_collisions(card: Card, plan: MigrationPlan) -> Iterator[Reason]:
    """Whether a value would take the place of another that the plan does not move away."""
    for old, new in plan.fields.items():
        stays = new is not None and new != old and new in card.values and new not in plan.fields
        if new is not None and stays and old in card.values:
            message = f"“{new}” has a value of its own: the plan has to say what becomes of it."
            yield _bad_plan(message, new)


def _bad_plan(message: str, field: FieldId | None = None) -> Reason:
    return Reason(code=ReasonCode.BAD_PLAN, message=message, field=field)


def _reasons_against_phase(
    wish: MigrateCard, phase: Phase | None, source: PhaseId
) -> Iterator[Reason]:
    if phase is None:
        message = (
            f"Version {wish.definition_version} has no phase “{source}”, and the plan names none"
            " for it."
        )
        yield Reason(code=ReasonCode.NO_COUNTERPART, message=message)
    elif phase.final is not None:
        message = f"{phase.name} ends a card: finish the card itself, or name another phase for it."
        yield Reason(code=ReasonCode.FINAL_PHASE, message=message)


def _reasons_against_handoff(
    wish: MigrateCard, phase: Phase | None, source: Phase | None
) -> Iterator[Reason]:
    version = wish.definition_version
    if source is None:
        message = (
            "The card waits to be accepted, and version"
            f" {version} has no phase to which it could be returned: name one in the plan."
        )
        yield Reason(code=ReasonCode.NO_COUNTERPART, message=message)
    if phase is not None and phase.handoff is None:
        message = (
            f"The card waits to be accepted, and nothing is accepted in {phase.name} of version"
            f" {version}: have it accepted or returned first."
        )
        yield Reason(code=ReasonCode.NO_COUNTERPART, message=message)


def _reasons_against_request(
    wish: MigrateCard, there: Definition, phase: Phase, pending: Request
) -> Iterator[Reason]:
    way = there.transitions_by_id.get(pending.transition)
    version = wish.definition_version
    if way is None or way.approval is None or phase.id not in way.sources:
        message = (
            f"A request for “{pending.transition}” waits for approval, and version {version} asks"
            " for none there: let the plan make it void, or have it decided first."
        )
        yield Reason(code=ReasonCode.NO_COUNTERPART, message=message, transition=pending.transition)
    elif pending.stage is not None and stage_of(way.approval, pending) is None:
        message = (
            f"The round “{pending.stage}” decides on a request, and version {version} has no such"
            " round: let the plan make the request void, or have it decided first."
        )
        yield Reason(code=ReasonCode.NO_COUNTERPART, message=message, transition=pending.transition)


def _reasons_against_clocks(
    there: Definition, card: Card, after: Card, wish: MigrateCard
) -> Iterator[Reason]:
    """Whether clocks that are kept can go on: their calendars have to be there."""
    void = card.pending.stage if card.pending is not None and _is_void(card, wish.plan) else None
    names = {new: old for old, new in _clock_names(card, wish.plan).items()}
    for clock in after.clocks.values():
        how = treatment(wish.plan, names.get(clock.id, clock.id), clock.id)
        if not clock.is_alive or how != "kept" or (void and clock.id == stage_clock(void)):
            continue
        for calendar in dict.fromkeys((clock.calendar, clock.quiet)):
            if calendar is not None and calendar not in there.calendars:
                message = (
                    f"The clock “{clock.id}” runs by the calendar “{calendar}”, which version"
                    f" {wish.definition_version} does not have: have it recomputed, restarted or"
                    " dropped."
                )
                yield Reason(code=ReasonCode.NO_COUNTERPART, message=message)
