"""The life of a card: created, held and resumed, cancelled and reopened."""

from engine.core.approvals import withdraw
from engine.core.card import Card
from engine.core.clocks import questions_settling, questions_starting, start_pipe_clock, stop_clocks
from engine.core.commands import CancelCard, CreateCard, HoldCard, ReopenCard, ResumeCard
from engine.core.entering import enter, questions_entering
from engine.core.events import (
    CardCancelled,
    CardCreated,
    CardHeld,
    CardReopened,
    CardResumed,
    ValuesDropped,
)
from engine.core.facts import Question
from engine.core.gates import reasons_against_entering
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import reasons_against_creating, reasons_against_deed
from engine.core.seen import data_for_rules
from engine.core.story import Story
from engine.core.values import (
    as_kept,
    finished,
    questions_unique,
    questions_values,
    reasons_against_repeats,
    reasons_against_text,
    reasons_against_values,
    reasons_against_weight,
    reasons_missing,
    reasons_readonly,
    title_of,
)
from pipes.definition import Phase
from pipes.forms import (
    START,
    CompiledPipe,
    defaults,
    is_empty,
    look,
    work_out,
)
from pipes.identifiers import PhaseId

# --- creating -------------------------------------------------------------------------------------


def questions_create(pipe: CompiledPipe, wish: CreateCard) -> set[Question]:
    """What has to be known before a card can be created."""
    asked = questions_values(pipe, wish.values) | questions_starting(pipe.definition.sla)
    return asked | questions_entering(pipe, None, pipe.definition.start.phase, wish.values)


def decide_create(story: Story, wish: CreateCard) -> None:
    """Makes a card of what the start form was given."""
    pipe, facts = story.pipe, story.facts
    definition = pipe.definition
    actor = story.command.actor
    story.against(reasons_against_creating(definition, actor, facts.actor))
    if story.reasons:
        return
    form = pipe.form(START)
    given = as_kept(definition, wish.values) if actor.kind == "automation" else wish.values
    sent = {name: value for name, value in given.items() if not is_empty(value)}
    story.against(reasons_against_values(story, sent, form.listed))
    first = defaults(form, data_for_rules(pipe, None, facts, sent))
    begun = first | sent
    shape = look(pipe, form, data_for_rules(pipe, None, facts, begun))
    kept = {name: value for name, value in begun.items() if name not in shape.hidden}
    dropped = {name: value for name, value in sent.items() if name in shape.hidden}
    changed = [name for name, value in sent.items() if value != first.get(name)]
    if actor.kind != "automation":
        story.against(reasons_readonly(shape, changed))
    story.against(reasons_missing(pipe, shape, kept))
    begun_with = {name: value for name, value in kept.items() if name not in sent}
    story.against(reasons_against_repeats(story, begun_with))
    story.against(reasons_against_entering(definition.phase(definition.start.phase), facts))
    if story.reasons:
        return
    values = work_out(pipe, kept, data_for_rules(pipe, None, facts, kept))
    key = f"{definition.card.key}-{wish.number}"
    story.happens(
        CardCreated(
            card=wish.card,
            key=key,
            pipe=definition.id,
            definition_version=wish.definition_version,
            definition_hash=wish.definition_hash,
            phase=definition.start.phase,
            title=title_of(definition, key, values),
            values={name: value for name, value in values.items() if value is not None},
        )
    )
    if dropped:
        story.happens(ValuesDropped(values=dropped))
    story.against(reasons_against_weight(story, sent))
    start_pipe_clock(story)
    enter(story)


# --- hold -----------------------------------------------------------------------------------------


def questions_hold(pipe: CompiledPipe, card: Card) -> set[Question]:
    """What has to be known before the card can be put on hold: how much time its clocks have."""
    return questions_settling(pipe, card, is_held=True)


def questions_resume(pipe: CompiledPipe, card: Card) -> set[Question]:
    """What has to be known before the card can go on: when its clocks run out then."""
    return questions_settling(pipe, card, is_held=False)


def decide_hold(story: Story, wish: HoldCard) -> None:
    """Puts the card on hold; its clocks pause."""
    card = story.card
    story.against(reasons_against_deed("hold", story.command.actor, story.facts.actor, card))
    story.against(reasons_against_text(wish.reason, "A reason"))
    if card.life.status != "open":
        story.against([finished(card)])
    elif card.life.hold is not None:
        message = "The card is on hold already."
        story.against([Reason(code=ReasonCode.ON_HOLD, message=message)])
    if not story.reasons:
        story.happens(CardHeld(reason=wish.reason.strip()))


def decide_resume(story: Story, _: ResumeCard) -> None:
    """Takes the card off hold; its clocks go on with what was left."""
    card = story.card
    story.against(reasons_against_deed("resume", story.command.actor, story.facts.actor, card))
    if card.life.hold is None:
        message = "The card is not on hold."
        story.against([Reason(code=ReasonCode.NOT_ON_HOLD, message=message)])
    if not story.reasons:
        story.happens(CardResumed())


# --- ending and coming back -----------------------------------------------------------------------


def decide_cancel(story: Story, wish: CancelCard) -> None:
    """Ends the card where it stands."""
    card = story.card
    story.against(reasons_against_deed("cancel", story.command.actor, story.facts.actor, card))
    story.against(reasons_against_text(wish.reason, "A reason"))
    if card.life.status != "open":
        story.against([finished(card)])
    if not story.reasons:
        withdraw(story, None)
        stop_clocks(story, tuple(card.clocks))
        story.happens(CardCancelled(reason=wish.reason.strip()))


def questions_reopen(pipe: CompiledPipe, card: Card, wish: ReopenCard) -> set[Question]:
    """What has to be known before the card can come back."""
    target = _back_to(pipe, card, wish)
    asked = questions_starting(pipe.definition.sla) | questions_unique(pipe, card.values)
    return asked | (
        questions_entering(pipe, card, target.id) if isinstance(target, Phase) else set()
    )


def decide_reopen(story: Story, wish: ReopenCard) -> None:
    """Brings a finished card back; its clocks start anew."""
    card = story.card
    story.against(reasons_against_deed("reopen", story.command.actor, story.facts.actor, card))
    story.against(reasons_against_text(wish.reason, "A reason"))
    if card.life.status == "open":
        message = "The card is open already."
        story.against([Reason(code=ReasonCode.CARD_OPEN, message=message)])
    target = _back_to(story.pipe, card, wish)
    if isinstance(target, Reason):
        story.against([target])
        return
    if card.life.status != "open":  # Its unique values and its place were free meanwhile.
        story.against(reasons_against_repeats(story, card.values))
        story.against(reasons_against_entering(target, story.facts))
    if not story.reasons:
        story.happens(
            CardReopened(source=card.stay.phase, target=target.id, reason=wish.reason.strip())
        )
        start_pipe_clock(story)
        enter(story)


def _back_to(pipe: CompiledPipe, card: Card, wish: ReopenCard) -> Phase | Reason:
    """The phase into which a card is reopened: the one named, else the last that was not final."""
    phases = pipe.definition.phases_by_id
    name = wish.to or _last_open(pipe, card)
    phase = phases.get(name)
    if phase is None:
        message = f"The pipe has no phase “{name[:80]}”."
        return Reason(code=ReasonCode.UNKNOWN_PHASE, message=message)
    if phase.final is not None:
        message = f"{phase.name} ends a card: choose a phase that does not."
        return Reason(code=ReasonCode.FINAL_PHASE, message=message)
    return phase


def _last_open(pipe: CompiledPipe, card: Card) -> PhaseId:
    phases = pipe.definition.phases_by_id
    for name in (card.stay.phase, card.stay.before):
        if name is not None and name in phases and phases[name].final is None:
            return name
    return pipe.definition.start.phase
