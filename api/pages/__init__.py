"""The pages for people, one module a screen, drawn from the same functions that the API uses."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.pages import (
    account,
    attachments,
    audit,
    automations,
    board,
    calendar_view,
    card,
    choosing,
    confirming,
    connections,
    deliveries,
    home,
    letters,
    list_view,
    mentions,
    moves,
    notices,
    openid,
    people,
    person,
    personal,
    pipes,
    profile,
    public,
    recovery,
    roadmap_view,
    roles,
    second_factor,
    second_step,
    sessions,
    start,
    teams,
    waiting,
    webhooks,
    welcome,
    workshop,
    writing,
)
from api.pages.confirming import draw_confirming
from api.pages.problem import draw_problem as _draw
from api.pages.resuming import claimed, draw_resume, form_of, page_of
from api.problems import Problem
from api.services import services_of
from api.signin.people import FORGED, NOT_SIGNED_IN, SignedIn
from api.signin.proving import PROOF_NEEDED

router = APIRouter(include_in_schema=False)
for module in (
    profile,
    second_step,
    recovery,
    openid,
    confirming,
    second_factor,
    sessions,
    welcome,
    public,
    account,
    notices,
    home,
    people,
    person,
    personal,
    letters,
    teams,
    audit,
    webhooks,
    deliveries,
    pipes,
    roles,
    board,
    automations,
    list_view,
    calendar_view,
    roadmap_view,
    start,
    moves,
    waiting,
    writing,
    choosing,
    connections,
    attachments,
    card,
    mentions,
    workshop,
):
    router.include_router(module.router)


def draw_problem(request: Request, problem: Problem) -> HTMLResponse:
    """The page for a request that was refused."""
    return _draw(request, problem)


async def draw_resumable(request: Request, problem: Problem) -> HTMLResponse | None:
    """The page that keeps a form which came without a valid session, or without fresh proof of who
    sends it; None for anything else.
    """
    if problem.code not in (NOT_SIGNED_IN, FORGED, PROOF_NEEDED):
        return None
    services = services_of(request)
    person: SignedIn | None = getattr(request.state, "person", None)
    kept = await form_of(request, services, person)
    if person is not None and problem.code == PROOF_NEEDED:
        back = page_of(request.url.path)
        return draw_confirming(request, services, person, next_page=back, kept=kept, status=403)
    if kept is None:
        return None
    if person is not None:
        kept = await claimed(services, kept, person.id)
        return draw_resume(request, person, kept, status=problem.status)
    return await profile.draw_sign_in(request, services, next_page=kept.page, kept=kept, status=401)
