"""The inbox: what waits for me, decided and accepted in place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from api.cards import command_key, seen_card, send
from api.inbox import Awaiting, inbox_of
from api.pages.card_context import Attempt
from api.pages.flashes import flash
from api.pages.markdown import markdown
from api.pages.reader import Names, locale_of, names_of
from api.pages.rendering import is_part, render, render_part
from api.pages.tiles import ClockPill, clock_pill
from api.pages.waiting import Answer, answering, deciding
from api.pages.waiting_shown import (
    HandoffShown,
    RequestShown,
    handoff_shown,
    people_waited_for,
    request_shown,
)
from api.pages.words import Person, ago, now
from api.services import Has, Services
from api.signin.people import Member, SignedIn
from engine.core.reasons import Reason
from engine.gateway import Rejected
from engine.store import notices
from engine.store.queries.board import BoardCard
from engine.store.queries.inbox import Mention
from pipes.definition import Phase
from pipes.identifiers import PhaseId, PipeId

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxCard:
    """A card in the inbox, with where it is."""

    key: str
    title: str
    pipe_name: str
    phase_name: str
    tone: str
    on_hold: bool
    clock: ClockPill | None
    noun: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEntry:
    """A card that waits for the reader to decide or accept; the rest is what they tried."""

    card: InboxCard
    request: RequestShown | None
    handoff: HandoffShown | None
    decision_comment: str
    checked: tuple[str, ...]
    return_reason: str | None
    problem: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionEntry:
    """A comment that mentions the reader."""

    id: str
    key: str
    title: str
    by: Person
    when: Markup
    text_html: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """The inbox."""

    approvals: tuple[WaitingEntry, ...]
    handoffs: tuple[WaitingEntry, ...]
    assigned: tuple[InboxCard, ...]
    mentions: tuple[MentionEntry, ...]
    said: str
    is_empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """What was tried in the inbox and turned away, and on which card."""

    card: str
    attempt: Attempt


@router.get("/")
async def home(request: Request, services: Has, person: Member) -> Response:
    """What waits for the reader, by kind and urgency."""
    return await _draw(request, services, person)


@router.post("/inbox/{card}/approvals/{stage}")
async def decide_in_place(
    card: str, stage: str, request: Request, services: Has, person: Member
) -> Response:
    """Approves or rejects; the inbox without the card, or with why it was turned away."""
    answer = deciding(await request.form(), stage)
    return await _carry_out(request, services, person, card, answer)


@router.post("/inbox/{card}/handoff")
async def answer_in_place(card: str, request: Request, services: Has, person: Member) -> Response:
    """Accepts the card or returns it."""
    answer = answering(await request.form())
    return await _carry_out(request, services, person, card, answer)


@router.post("/inbox/mentions/{notice}")
async def put_mention_away(
    notice: str, request: Request, services: Has, person: Member
) -> Response:
    """Takes a mention out of the inbox."""
    async with services.database.writing() as connection:
        await notices.mark_read(connection, person.id, at=now(), ids=[notice])
    if is_part(request):
        return await _draw(request, services, person, said="Put away.")
    return RedirectResponse("/", 303)


async def _carry_out(
    request: Request,
    services: Services,
    person: SignedIn,
    card: str,
    answer: Answer,
) -> Response:
    seen = await seen_card(services, person, card)
    outcome = await send(
        services, person, seen.card.identity.id, answer.wish, key=command_key(person, None)
    )
    key = seen.card.identity.key
    if isinstance(outcome, Rejected):
        tried = _Tried(card=key, attempt=replace(answer.attempt, reasons=outcome.reasons))
        return await _draw(request, services, person, tried=tried)
    said = f"{answer.done} {key}."
    if is_part(request):
        return await _draw(request, services, person, said=said)
    response = RedirectResponse("/", 303)
    flash(response, said, draft=f"{answer.draft}:{key}")
    return response


async def _draw(
    request: Request,
    services: Services,
    person: SignedIn,
    *,
    tried: _Tried | None = None,
    said: str = "",
) -> HTMLResponse:
    inbox = await inbox_of(services, person)
    waiting = (*inbox.approvals, *inbox.handoffs)
    needed = {mention.by for mention in inbox.mentions}
    for each in waiting:
        needed |= people_waited_for(each.explanation)
    async with services.database.reading() as connection:
        names = await names_of(connection, needed)
    page = HomePage(
        approvals=tuple(_entry(each, names, request, tried) for each in inbox.approvals),
        handoffs=tuple(_entry(each, names, request, tried) for each in inbox.handoffs),
        assigned=await _assigned(request, services, inbox.assigned),
        mentions=tuple(_mention(each, names, request) for each in inbox.mentions),
        said=said,
        is_empty=inbox.is_empty,
    )
    status = 200 if tried is None else 422
    if is_part(request):
        return render_part(request, "parts/_inbox.html", page=page, status=status)
    return render(request, "pages/home.html", page, person=person, section="home", status=status)


def _entry(waiting: Awaiting, names: Names, request: Request, tried: _Tried | None) -> WaitingEntry:
    card, definition = waiting.seen.card, waiting.seen.published.pipe.definition
    phase = definition.phase(card.stay.phase)
    moment, locale = now(), locale_of(request)
    key = card.identity.key
    attempt = tried.attempt if tried is not None and tried.card == key else Attempt()
    return WaitingEntry(
        card=InboxCard(
            key=key,
            title=card.work.title,
            pipe_name=definition.name,
            phase_name=phase.name,
            tone=phase.color or "gray",
            on_hold=card.life.hold is not None,
            clock=None,
            noun=definition.card.noun,
        ),
        request=request_shown(
            waiting.explanation,
            names,
            reader=waiting.seen.standing.user,
            now=moment,
            locale=locale,
        ),
        handoff=handoff_shown(waiting.explanation, names, now=moment, locale=locale),
        decision_comment=attempt.decision_comment,
        checked=attempt.checked,
        return_reason=attempt.return_reason,
        problem=attempt.reasons,
    )


async def _assigned(
    request: Request, services: Services, cards: Sequence[BoardCard]
) -> tuple[InboxCard, ...]:
    rows = []
    moment, locale = now(), locale_of(request)
    async with services.database.reading() as connection:
        for card in cards:
            published = await services.definitions.version(
                connection, PipeId(card.pipe), card.pipe_version
            )
            if published is None:
                continue
            definition = published.pipe.definition
            phase: Phase = definition.phase(PhaseId(card.phase))
            rows.append(
                InboxCard(
                    key=card.key,
                    title=card.title,
                    pipe_name=definition.name,
                    phase_name=phase.name,
                    tone=phase.color or "gray",
                    on_hold=card.on_hold,
                    clock=clock_pill(card, now=moment, locale=locale),
                    noun=definition.card.noun,
                )
            )
    return tuple(rows)


def _mention(mention: Mention, names: Names, request: Request) -> MentionEntry:
    return MentionEntry(
        id=mention.id,
        key=mention.key,
        title=mention.title,
        by=names.person(mention.by),
        when=ago(mention.at, now=now(), locale=locale_of(request)),
        text_html=markdown(mention.text),
    )
