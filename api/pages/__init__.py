"""The pages for people, one module a screen, drawn from the same functions that the API uses."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.pages import (
    board,
    calendar_view,
    card,
    home,
    list_view,
    moves,
    pipes,
    profile,
    roadmap_view,
    start,
    waiting,
    workshop,
    writing,
)
from api.pages.problem import draw_problem as _draw
from api.problems import Problem

router = APIRouter(include_in_schema=False)
for module in (
    profile,
    home,
    pipes,
    board,
    list_view,
    calendar_view,
    roadmap_view,
    start,
    moves,
    waiting,
    writing,
    card,
    workshop,
):
    router.include_router(module.router)


def draw_problem(request: Request, problem: Problem) -> HTMLResponse:
    """The page for a request that was refused."""
    return _draw(request, problem)
