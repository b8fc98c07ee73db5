"""From event to event: how each changes the card. No rules here, and no definition.

What history remembers is replayed through these functions for ever: a release freezes them.
"""

from typing import assert_never

from engine.core.approval_events import (
    ApprovalGiven,
    ApprovalRefused,
    ApprovalRequested,
    DecisionsVoided,
    RequestApproved,
    RequestRejected,
    RequestReturned,
    RequestWithdrawn,
    StageEscalated,
    StageOpened,
    StagePassed,
)
from engine.core.card import Attachment, Card, Hold, Identity, Life, Pin, Stay, Timer, Work
from engine.core.clock_events import (
    ClockPaused,
    ClockRecomputed,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    SlaBreached,
    SlaEscalated,
    SlaWarned,
)
from engine.core.events import (
    ActionRefused,
    ButtonPressed,
    CardAssigned,
    CardCancelled,
    CardCreated,
    CardDone,
    CardHeld,
    CardMoved,
    CardReopened,
    CardResumed,
    ChildrenDone,
    ChildrenOpen,
    CommentAdded,
    DueChanged,
    EmailReceived,
    Event,
    FieldsChanged,
    FileDetached,
    FilesAttached,
    LabelsChanged,
    LimitExceeded,
    PeopleNotified,
    PriorityChanged,
    TimerPassed,
    TimerSet,
    ValuesDropped,
)
from engine.core.evolve_clocks import clocks_after
from engine.core.evolve_handoffs import handoff_after, standing_in
from engine.core.evolve_migrations import migrated
from engine.core.evolve_requests import request_after
from engine.core.handoff_events import (
    HandoffAccepted,
    HandoffBegun,
    HandoffOffered,
    HandoffOverdue,
    HandoffQueued,
    HandoffReturned,
)
from engine.core.migration_events import CardMigrated
from pipes.identifiers import FieldId, JsonValue
from pipes.quick import replace


def evolve(card: Card | None, event: Event) -> Card:
    """The card after the event. The first event makes it.

    Raises:
        ValueError: The event does not follow the card's last one.
    """
    body = event.body
    if isinstance(body, CardCreated):
        return _created(event, body)
    if card is None or event.sequence != card.version + 1:
        known = 0 if card is None else card.version
        raise ValueError(f"Event {event.sequence} does not follow version {known} of the card.")
    return _after(replace(card, version=event.sequence, updated_at=event.at), event)


def _created(event: Event, body: CardCreated) -> Card:
    return Card(
        version=event.sequence,
        updated_at=event.at,
        identity=Identity(
            id=body.card,
            key=body.key,
            pipe=body.pipe,
            creator=event.actor,
            created_at=event.at,
            behaviour=body.behaviour,
        ),
        pin=Pin(version=body.definition_version, hash=body.definition_hash),
        stay=Stay(phase=body.phase, entered_at=event.at),
        life=Life(),
        work=Work(title=body.title),
        values={name: value for name, value in body.values.items() if value is not None},
    )


def _after(card: Card, event: Event) -> Card:
    match event.body:
        # What happens most often comes first: each case before is a question asked.
        case FieldsChanged(changes=changes, title=title):
            values: dict[FieldId, JsonValue] = dict(card.values)
            for change in changes:
                values[change.field] = change.after
            kept = {name: value for name, value in values.items() if value is not None}
            return replace(card, values=kept, work=replace(card.work, title=title))
        case (
            ClockStarted()
            | ClockPaused()
            | ClockResumed()
            | ClockRecomputed()
            | ClockStopped()
            | SlaWarned()
            | SlaBreached()
            | SlaEscalated()
        ) as body:
            return clocks_after(card, event, body)
        case (
            ApprovalRequested()
            | StageOpened()
            | ApprovalGiven()
            | ApprovalRefused()
            | StageEscalated()
            | StagePassed()
            | DecisionsVoided()
            | RequestApproved()
            | RequestRejected()
            | RequestReturned()
            | RequestWithdrawn()
        ) as body:
            return request_after(card, event, body)
        case CardMoved(target=target):
            return standing_in(card, event, target)
        case (
            HandoffBegun()
            | HandoffQueued()
            | HandoffOffered()
            | HandoffAccepted()
            | HandoffReturned()
            | HandoffOverdue()
        ) as body:
            return handoff_after(card, event, body)
        case CardCreated():
            return card
        case (
            ValuesDropped()
            | CommentAdded()
            | EmailReceived()
            | PeopleNotified()
            | ButtonPressed()
            | ActionRefused()
            | LimitExceeded()
        ):
            return card
        case ChildrenDone(connection=connection):
            return replace(card, complete=(*card.complete, connection))
        case ChildrenOpen(connection=connection):
            left = tuple(each for each in card.complete if each != connection)
            return replace(card, complete=left)
        case FilesAttached(files=files):
            attached = tuple(Attachment(file=file, by=event.actor, at=event.at) for file in files)
            return replace(card, files=(*card.files, *attached))
        case FileDetached(file=file):
            kept_files = tuple(each for each in card.files if each.file.id != file.id)
            return replace(card, files=kept_files)
        case CardReopened(target=target):
            opened = replace(card.life, status="open", finished_at=None, hold=None)
            return replace(standing_in(card, event, target), life=opened)
        case CardDone():
            return replace(card, life=replace(card.life, status="done", finished_at=event.at))
        case CardCancelled():
            life = replace(card.life, status="cancelled", finished_at=event.at, hold=None)
            return replace(card, life=life, handoff=None)
        case CardMigrated() as body:
            return migrated(card, body)
        case CardHeld(reason=reason):
            hold = Hold(since=event.at, by=event.actor, reason=reason)
            return replace(card, life=replace(card.life, hold=hold))
        case CardResumed():
            return replace(card, life=replace(card.life, hold=None))
        case CardAssigned(assignees=assignees):
            return replace(card, work=replace(card.work, assignees=assignees))
        case LabelsChanged(labels=labels):
            return replace(card, work=replace(card.work, labels=labels))
        case PriorityChanged(priority=priority):
            return replace(card, work=replace(card.work, priority=priority))
        case DueChanged(due=due):
            return replace(card, work=replace(card.work, due=due))
        case TimerSet(transition=transition, due=due):
            timer = Timer(transition=transition, at=due)
            return replace(card, stay=replace(card.stay, timers=(*card.stay.timers, timer)))
        case TimerPassed(transition=transition):
            timers = tuple(
                replace(timer, passed=True) if timer.transition == transition else timer
                for timer in card.stay.timers
            )
            return replace(card, stay=replace(card.stay, timers=timers))
        case _ as unknown:
            assert_never(unknown)
