"""Problem documents (RFC 9457): what went wrong, as one JSON shape with one table of statuses.

Everything that a request is refused for becomes a `Problem` here, or is raised as one; pages show
the same words in their own way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from engine.core.reasons import Reason, ReasonCode

MEDIA_TYPE = "application/problem+json"

# Reasons that are not “the rules say no” (422) but have a status of their own.
_STATUS_OF_REASON: Mapping[ReasonCode, HTTPStatus] = {
    ReasonCode.VERSION_CONFLICT: HTTPStatus.CONFLICT,
    ReasonCode.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    ReasonCode.MISSING_SCOPE: HTTPStatus.FORBIDDEN,
    ReasonCode.CARD_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ReasonCode.NOT_THERE: HTTPStatus.NOT_FOUND,
    ReasonCode.ID_TAKEN: HTTPStatus.CONFLICT,
}

_TITLES: Mapping[int, str] = {
    400: "The request cannot be read",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "This cannot be done here",
    409: "Somebody else was quicker",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Not a kind of content that is read here",
    422: "The rules say no",
    429: "Too many requests",
    503: "Not available just now",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemReason:
    """One reason, as a problem document lists it; `pointer` is into the request's body."""

    code: str
    message: str
    field: str | None = None
    transition: str | None = None
    pointer: str | None = None
    detail: str | None = None

    @classmethod
    def of(cls, reason: Reason) -> "ProblemReason":
        """A reason of the core."""
        return cls(
            code=reason.code,
            message=reason.message,
            field=reason.field,
            transition=reason.transition,
            pointer=reason.pointer,
            detail=reason.detail,
        )


class Problem(Exception):
    """A request is refused. `code` is stable; `detail` is for people."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        reasons: Iterable[ProblemReason] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = int(status)
        self.code = code
        self.detail = detail
        self.reasons = tuple(reasons)
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    @property
    def title(self) -> str:
        """The status in words."""
        return _TITLES.get(self.status, HTTPStatus(self.status).phrase)

    def document(self) -> dict[str, object]:
        """The problem as RFC 9457 writes it."""
        return {
            "type": f"urn:phaseline:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "reasons": [
                {name: value for name, value in asdict(reason).items() if value is not None}
                for reason in self.reasons
            ],
            **self.more,
        }


def rejected(reasons: tuple[Reason, ...], *, more: Mapping[str, object] | None = None) -> Problem:
    """The core's rejection as a problem: one status, all reasons.

    A reason with a status of its own decides only where it stands alone; beside reasons that the
    caller can mend, the answer is 422.
    """
    statuses = {
        _STATUS_OF_REASON.get(reason.code, HTTPStatus.UNPROCESSABLE_ENTITY) for reason in reasons
    }
    status = statuses.pop() if len(statuses) == 1 else HTTPStatus.UNPROCESSABLE_ENTITY
    code = str(reasons[0].code) if len(reasons) == 1 else "rejected"
    detail = " ".join(reason.message for reason in reasons)
    return Problem(status, code, detail, reasons=map(ProblemReason.of, reasons), more=more)


def not_found(what: str) -> Problem:
    """Also for what the caller may not know exists."""
    return Problem(404, "not_found", f"There is no such {what}, or it is not yours to see.")


def respond(problem: Problem) -> Response:
    """The problem as an HTTP response."""
    return JSONResponse(
        problem.document(),
        status_code=problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def of_validation(error: RequestValidationError) -> Problem:
    """What pydantic found in a request, each with its place."""
    reasons = []
    malformed = False
    for fault in error.errors():
        where, *path = fault["loc"]
        malformed = malformed or fault["type"] == "json_invalid"
        pointer = "".join(f"/{part}" for part in path) if where == "body" else None
        name = str(path[-1]) if path else str(where)
        reasons.append(
            ProblemReason(
                code=str(fault["type"]),
                message=f"{name}: {fault['msg']}.",
                field=name,
                pointer=pointer,
            )
        )
    status = 400 if malformed else 422
    return Problem(
        status,
        "malformed" if malformed else "invalid_request",
        "The request does not have the expected form.",
        reasons=reasons,
    )


def of_http(error: HTTPException) -> Problem:
    """What the framework itself refuses."""
    codes = {
        401: "not_signed_in",
        403: "not_allowed",
        404: "not_found",
        405: "method_not_allowed",
        413: "too_large",
    }
    return Problem(
        error.status_code,
        codes.get(error.status_code, "http_error"),
        str(error.detail),
        headers=error.headers,
    )


def wants_json(request: Request) -> bool:
    """Whether the caller is a program: everything under `/api`, and whoever asks for JSON."""
    if request.url.path.startswith("/api/"):
        return True
    return (
        "text/html" not in request.headers.get("accept", "") and "hx-request" not in request.headers
    )
