"""Moving a card: where it may go and why not, and the form that a move opens."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from api.cards import SeenCard, command_key, explained, facts_about, seen_card, send
from api.pages.board import draw_tile
from api.pages.card import done, reopening
from api.pages.choosing import typed_into
from api.pages.controls import Control, Typed, make_control
from api.pages.filters import Filters
from api.pages.flashes import with_undo
from api.pages.reader import everybody
from api.pages.rendering import is_part, render, render_part
from api.pages.ways import Way, approval_in_words, ways_of
from api.problems import Problem
from api.services import Has, Services
from api.signin.people import Member, SignedIn
from engine.core.card import Card
from engine.core.commands import MoveCard
from engine.core.gates import find_transition
from engine.core.reasons import Reason, ReasonCode
from engine.core.seen import data_for_rules
from engine.gateway import Rejected
from engine.short_ids import short_id
from pipes.definition import Transition
from pipes.forms import look
from pipes.identifiers import FieldId, PhaseId, TransitionId

router = APIRouter()

# The target by which a script says that it wants the card and not its tile.
CARD = "card"
_ABOUT_COMMENT = (
    ReasonCode.COMMENT_REQUIRED,
    ReasonCode.COMMENT_NOT_WANTED,
    ReasonCode.TOO_LONG,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesPage:
    """Where a card may go."""

    card_key: str
    card_title: str
    ways: tuple[Way, ...]
    none_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveForm:
    """The form that a move opens.

    Attributes:
        reasons: What stands against it besides the fields that the form asks for.
        attempted: Whether somebody has tried already.
    """

    card_key: str
    card_title: str
    transition: str
    label: str
    key: str
    source_name: str
    target_name: str
    attempted: bool
    reasons: tuple[Reason, ...]
    controls: tuple[Control, ...]
    comment: str
    comment_text: str
    comment_error: str | None
    approval: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePage:
    """The form of a move, as a page of its own."""

    move: MoveForm


@router.get("/cards/{card}/ways")
async def ways(card: str, services: Has, person: Member) -> JSONResponse:
    """The ways on, for the board's script."""
    seen = await seen_card(services, person, card)
    explanation = await explained(services, seen)
    return JSONResponse(
        [
            {
                "transition": way.transition,
                "to": way.to,
                "label": way.label,
                "allowed": way.allowed,
                "asks": way.asks,
                "reasons": [{"message": reason.message} for reason in way.reasons],
            }
            for way in ways_of(seen.published.pipe.definition, explanation.transitions)
        ]
    )


@router.get("/cards/{card}/moves")
async def moves(card: str, request: Request, services: Has, person: Member) -> HTMLResponse:
    """Where the card may go, and what stands against the rest."""
    seen = await seen_card(services, person, card)
    explanation = await explained(services, seen)
    page = MovesPage(
        card_key=seen.card.identity.key,
        card_title=seen.card.work.title,
        ways=ways_of(seen.published.pipe.definition, explanation.transitions),
        none_text=explanation.situation,
    )
    if is_part(request):
        return render_part(request, "parts/_moves_dialog.html", page=page)
    return render(request, "pages/moves.html", page, person=person, section="pipes")


@router.get("/cards/{card}/moves/{transition}")
async def show_move(
    card: str, transition: str, request: Request, services: Has, person: Member
) -> HTMLResponse:
    """The form of one move."""
    seen = await seen_card(services, person, card)
    found = find_transition(
        seen.published.pipe.definition,
        seen.card,
        MoveCard(transition=TransitionId(transition)),
    )
    if isinstance(found, Reason):
        raise Problem(404, "no_such_way", found.message)
    explanation = await explained(services, seen)
    way = next(each for each in explanation.transitions if each.transition == found.id)
    blocking = tuple(each for each in way.reasons if each.code != ReasonCode.MISSING_FIELD)
    form = await _form(
        services, seen, found, asked=frozenset(way.missing), reasons=blocking, attempted=False
    )
    return _draw(request, person, form, status=200)


@router.post("/cards/{card}/moves")
async def move(card: str, request: Request, services: Has, person: Member) -> Response:
    """Moves the card; what is missing comes back as the form that asks for it."""
    seen = await seen_card(services, person, card)
    given = await request.form()
    definition = seen.published.pipe.definition
    wanted = MoveCard(
        transition=TransitionId(_text(given.get("move-way"))) or None,
        to=PhaseId(_text(given.get("move-to"))) or None,
    )
    fields = [field for _, field in seen.published.pipe.form(seen.card.stay.phase).entries]
    typed = await typed_into(services, person, fields, given, there=seen.card.values)
    comment = _text(given.get("move-comment"))
    wish = MoveCard(
        transition=wanted.transition,
        to=None if wanted.transition else wanted.to,
        values=typed.values,
        comment=comment or None,
    )
    reasons: tuple[Reason, ...] = ()
    if not typed.complaints:
        key = command_key(person, _text(given.get("command-key")) or None)
        outcome = await send(services, person, seen.card.identity.id, wish, key=key)
        if not isinstance(outcome, Rejected):
            return await _moved(services, request, person, seen, outcome.card)
        reasons = outcome.reasons
        seen = await seen_card(services, person, card)
    found = find_transition(definition, seen.card, wish)
    if isinstance(found, Reason):
        if is_part(request):
            page = MovesPage(
                card_key=seen.card.identity.key,
                card_title=seen.card.work.title,
                ways=ways_of(definition, (await explained(services, seen)).transitions),
                none_text=found.message,
            )
            return render_part(request, "parts/_moves_dialog.html", page=page, status=422)
        raise Problem(422, found.code, found.message)
    form = await _form(
        services,
        seen,
        found,
        asked=frozenset(each.field for each in reasons if each.field is not None),
        reasons=reasons,
        attempted=True,
        typed=typed,
        comment=comment,
    )
    return _draw(request, person, form, status=422)


async def _moved(
    services: Services, request: Request, person: SignedIn, seen: SeenCard, moved: Card
) -> Response:
    key = seen.card.identity.key
    undoable = None if moved.life.status == "open" else reopening(person, seen)
    if is_part(request) and request.headers.get("hx-target") != CARD:
        tile = await draw_tile(services, request, person, key, seen.published, Filters())
        return tile if undoable is None else with_undo(tile, undoable)
    name = seen.published.pipe.definition.phase(moved.stay.phase).name
    asked = moved.pending is not None
    said = f"Approval was asked for {key}." if asked else f"{key} is in {name} now."
    return await done(services, request, person, seen, said, draft=f"card:{key}", undoable=undoable)


async def _form(
    services: Services,
    seen: SeenCard,
    transition: Transition,
    *,
    asked: frozenset[FieldId],
    reasons: tuple[Reason, ...],
    attempted: bool,
    typed: Typed | None = None,
    comment: str = "",
) -> MoveForm:
    """The form of a move: the fields it asks for and those that were typed into it."""
    pipe, card = seen.published.pipe, seen.card
    async with services.database.reading() as connection:
        people = await everybody(connection)
    values = {**card.values, **(typed.values if typed else {})}
    data = data_for_rules(pipe, card, await facts_about(services, seen), values)
    shape = look(pipe, pipe.form(card.stay.phase), data)
    groups = [group for group in shape.any_of if asked.intersection(group)]
    wanted = asked.union(*groups, typed.texts if typed else ())
    controls = tuple(
        make_control(
            entry,
            values.get(entry.field.id),
            people=people,
            typed=typed,
            errors=[each.message for each in reasons if each.field == entry.field.id and attempted],
            card=card.identity.key,
            teams=pipe.definition.teams,
        )
        for entry in shape.entries
        if entry.field.id in wanted and not entry.readonly and entry.field.id not in seen.hidden
    )
    about_comment = [each for each in reasons if each.code in _ABOUT_COMMENT]
    drawn = {control.name for control in controls}
    rest = tuple(each for each in reasons if each not in about_comment and each.field not in drawn)
    definition = pipe.definition
    return MoveForm(
        card_key=card.identity.key,
        card_title=card.work.title,
        transition=transition.id,
        label=transition.label,
        key=short_id(),
        source_name=definition.phase(card.stay.phase).name,
        target_name=definition.phase(transition.target).name,
        attempted=attempted,
        reasons=rest,
        controls=controls,
        comment=transition.comment,
        comment_text=comment,
        comment_error=about_comment[0].message if about_comment and attempted else None,
        approval=approval_in_words(
            [stage.name for stage in transition.approval.stages] if transition.approval else ()
        ),
    )


def _draw(request: Request, person: SignedIn, form: MoveForm, *, status: int) -> HTMLResponse:
    if is_part(request):
        return render_part(request, "parts/_move_form.html", move=form, status=status)
    return render(request, "pages/move.html", MovePage(move=form), person=person, status=status)


def _text(value: object) -> str:
    return value.replace("\x00", "").strip() if isinstance(value, str) else ""
