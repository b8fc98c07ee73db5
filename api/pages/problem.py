"""The page for a request that was refused."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.pages.rendering import render
from api.problems import Problem
from api.signin.people import SignedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemPage:
    """What went wrong, in words."""

    title: str
    detail: str
    reasons: tuple[str, ...]


def draw_problem(request: Request, problem: Problem) -> HTMLResponse:
    """The page for a request that was refused."""
    person: SignedIn | None = getattr(request.state, "person", None)
    page = ProblemPage(
        title=problem.title,
        detail=problem.detail,
        reasons=tuple(
            reason.message for reason in problem.reasons if reason.message != problem.detail
        ),
    )
    response = render(request, "pages/problem.html", page, person=person, status=problem.status)
    response.headers.update(problem.headers)
    return response
