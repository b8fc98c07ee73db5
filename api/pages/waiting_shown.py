"""Requests and handoffs as the card's page shows them to one reader."""

from dataclasses import dataclass

from markupsafe import Markup

from api.pages.markdown import markdown
from api.pages.reader import Names
from api.pages.words import Person, ago, moment
from engine.core.explain import Explanation
from engine.locales import Locale
from pipes.identifiers import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionShown:
    """What somebody said."""

    who: Person
    in_name_of: Person | None
    approves: bool
    when: Markup
    comment_html: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestShown:
    """The request that waits.

    Attributes:
        count: How many approvals there are of how many needed.
        names: In whose names the reader may decide, if there is a choice.
        stands_in_for: In whose name they decide, if it is another's alone.
        why_not: Why the reader may not decide; empty if they may.
    """

    label: str
    requester: Person
    when: Markup
    comment_html: Markup
    stage: str
    stage_name: str
    count: str
    decisions: tuple[DecisionShown, ...]
    undecided: tuple[Person, ...]
    escalated: bool
    deadline: Markup | None
    may_decide: bool
    names: tuple[Person, ...]
    stands_in_for: Person | None
    why_not: str
    may_withdraw: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffShown:
    """The handoff that waits. `people` may accept it, beside the pipe's admins; `queued` is
    whether nobody of them was there to be given it.
    """

    source_name: str
    team_name: str
    since: Markup
    deadline: Markup | None
    reminders: int
    checklist: tuple[str, ...]
    people: tuple[Person, ...]
    queued: bool
    may_accept: bool
    may_return: bool
    why_not: str


def people_waited_for(explanation: Explanation) -> set[str]:
    """The ids of everybody whose name is shown with a request or a handoff."""
    request, handoff = explanation.request, explanation.handoff
    if handoff is not None:
        return set(handoff.people)
    if request is None:
        return set()
    said = {person for each in request.decisions for person in (each.by, each.in_name_of)}
    return {request.requester.id, *request.undecided, *request.names, *said}


def request_shown(
    explanation: Explanation, names: Names, *, reader: str, now: Instant, locale: Locale
) -> RequestShown | None:
    """The request that waits on the card."""
    request = explanation.request
    if request is None:
        return None
    others = [each for each in request.names if each != reader]
    return RequestShown(
        label=request.label,
        requester=names.actor(request.requester),
        when=ago(request.requested_at, now=now, locale=locale),
        comment_html=markdown(request.comment) if request.comment else Markup(),
        stage=request.stage,
        stage_name=request.stage_name,
        count=f"{request.approvals} of {request.needed} approvals",
        decisions=tuple(
            DecisionShown(
                who=names.person(each.by),
                in_name_of=None if each.by == each.in_name_of else names.person(each.in_name_of),
                approves=each.approves,
                when=ago(each.at, now=now, locale=locale),
                comment_html=markdown(each.comment) if each.comment else Markup(),
            )
            for each in request.decisions
        ),
        undecided=tuple(names.person(each) for each in request.undecided),
        escalated=request.is_escalated,
        deadline=moment(request.deadline, locale) if request.deadline is not None else None,
        may_decide=not request.reasons,
        names=tuple(names.person(each) for each in request.names) if request.names[1:] else (),
        stands_in_for=names.person(others[0]) if len(others) == len(request.names) == 1 else None,
        why_not=" ".join(reason.message for reason in request.reasons),
        may_withdraw=request.may_withdraw,
    )


def handoff_shown(
    explanation: Explanation, names: Names, *, now: Instant, locale: Locale
) -> HandoffShown | None:
    """The handoff that waits on the card."""
    handoff = explanation.handoff
    if handoff is None:
        return None
    return HandoffShown(
        source_name=handoff.source_name,
        team_name=handoff.team_name,
        since=ago(handoff.since, now=now, locale=locale),
        deadline=moment(handoff.deadline, locale) if handoff.deadline is not None else None,
        reminders=handoff.reminders,
        checklist=handoff.checklist,
        people=tuple(names.person(each) for each in handoff.people),
        queued=handoff.is_queued,
        may_accept=not handoff.reasons,
        may_return=handoff.may_return and not handoff.reasons,
        why_not=" ".join(reason.message for reason in handoff.reasons),
    )
