"""What the API says of requests and handoffs, and takes for them."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from api.routes.models import Body, Shown, Text
from engine.core.card import Card, Decision
from engine.core.clock_names import HANDOFF_CLOCK, stage_clock


class DecisionShown(Shown):
    """What somebody said to a request; in another's name, if they are their delegate."""

    by: str
    in_name_of: str
    approves: bool
    at: datetime
    comment: str | None


class StageShown(Shown):
    """A round of approvers, open or passed."""

    id: str
    state: Literal["open", "passed"]
    need: str | None = Field(description="How many approvals it takes, as authored.")
    deciders: list[str] = Field(description="Who could decide when it was opened or escalated.")
    decisions: list[DecisionShown]
    is_escalated: bool
    deadline: datetime | None


class PendingShown(Shown):
    """The request that waits for approval."""

    transition: str
    requested_by: str
    requested_at: datetime
    comment: str | None
    stages: list[StageShown]


class HandoffShown(Shown):
    """The handoff that waits to be accepted."""

    state: Literal["waiting"] = "waiting"
    from_phase: str
    team: str
    offered_to: list[str]
    since: datetime
    deadline: datetime | None
    reminders: int


class NewDecision(Body):
    """What somebody says to a request."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"decision": "approve", "comment": "The numbers hold."}]}
    )
    decision: Literal["approve", "reject"]
    comment: Text | None = Field(default=None, description="A rejection needs one.")
    on_behalf_of: Text | None = Field(
        default=None, description="In whose name, for somebody's delegate."
    )


class HandoffAnswer(Body):
    """Whether a team takes a card over."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"decision": "accept", "checklist": ["Research read"]}]}
    )
    decision: Literal["accept", "return"]
    checklist: list[Text] = Field(
        default_factory=list, max_length=100, description="The points that hold."
    )
    reason: Text | None = Field(default=None, description="Why the card goes back.")


def shown_pending(card: Card) -> PendingShown | None:
    """The request that waits for approval on a card."""
    request = card.pending
    if request is None:
        return None
    stages = [
        StageShown(
            id=passed.stage,
            state="passed",
            need=None,
            deciders=[],
            decisions=[_shown_decision(each) for each in passed.decisions],
            is_escalated=False,
            deadline=None,
        )
        for passed in request.passed
    ]
    if request.stage is not None:
        clock = card.clocks.get(stage_clock(request.stage))
        stages.append(
            StageShown(
                id=request.stage,
                state="open",
                need=request.need,
                deciders=list(request.approvers),
                decisions=[_shown_decision(each) for each in request.decisions],
                is_escalated=request.is_escalated,
                deadline=clock.deadline if clock is not None and clock.is_alive else None,
            )
        )
    return PendingShown(
        transition=request.transition,
        requested_by=request.requester.id,
        requested_at=request.requested_at,
        comment=request.comment,
        stages=stages,
    )


def _shown_decision(decision: Decision) -> DecisionShown:
    return DecisionShown(
        by=decision.by,
        in_name_of=decision.in_name_of,
        approves=decision.approves,
        at=decision.at,
        comment=decision.comment,
    )


def shown_handoff(card: Card) -> HandoffShown | None:
    """The handoff that waits to be accepted on a card."""
    handoff = card.handoff
    if handoff is None:
        return None
    clock = card.clocks.get(HANDOFF_CLOCK)
    return HandoffShown(
        from_phase=handoff.source,
        team=handoff.team,
        offered_to=list(card.work.assignees),
        since=handoff.since,
        deadline=clock.deadline if clock is not None and clock.is_alive else None,
        reminders=handoff.reminders,
    )
