"""The application: what serves the API and the pages, put together."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from api import pages, problems
from api.live import LiveChanges
from api.middleware import BodyLimit, SecurityHeaders
from api.openapi import DocumentedApp
from api.problems import Problem
from api.routes import (
    attachments,
    audit,
    automations,
    cards,
    connections,
    deliveries,
    lists,
    me,
    messages,
    migrations,
    notices,
    operations,
    people,
    pipes,
    secrets,
    teams,
    tokens,
    waiting,
    webhooks,
)
from api.services import Services
from api.signin.guessing import Guesses
from api.signin.openid import OpenIdConnect
from api.signin.people import (
    CHOOSING_PAGE,
    SECOND_FACTOR_PAGE,
    NotSignedIn,
    PasswordNeeded,
    SecondFactorNeeded,
    sign_in_address,
)
from engine.attaching import FileRefused, attaching_of
from engine.gateway import (
    Cards,
    Definitions,
    EngineFault,
    EngineUnavailable,
    Gateway,
    KeyReused,
    NoSuchCard,
    NoSuchPipe,
)
from engine.gateway.delivering import Deliveries
from engine.gateway.migrating import Migrations
from engine.runtime.settings import Settings, SettingsError
from engine.runtime.temporal import connect
from engine.runtime.tracing import is_traced
from engine.storage import StorageUnavailable
from engine.store.database import UNAVAILABLE, Database

log = structlog.get_logger(__name__)

# Nobody wants to read spans of these, and nobody is to read what the addresses of others hold.
NOT_TRACED = "^[^/]*//[^/]*/(healthz|readyz|metrics|static/|follow/|sign-in/oidc/back)"
_STATIC = Path(__file__).parent / "static"
# Temporal may be started at the same time as this.
PATIENCE = timedelta(seconds=20)
_AGAIN = {"Retry-After": "2"}
# What somebody may not do, or does too often, stands in the logs.
_WATCHED = (401, 403, 429)


def create_app(settings: Settings) -> FastAPI:
    """The application of these settings."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.database)
        client = await connect(within=PATIENCE)
        definitions = Definitions()
        gateway = Gateway(
            database,
            Cards(client, settings.task_queue),
            definitions,
            patience=timedelta(seconds=settings.command_seconds),
        )
        app.state.temporal = client
        app.state.services = Services(
            settings=settings,
            database=database,
            guesses=Guesses(database),
            gateway=gateway,
            definitions=definitions,
            deliveries=Deliveries(database, client, settings.task_queue),
            attaching=attaching_of(database, settings),
            openid=OpenIdConnect(settings) if settings.oidc_issuer else None,
            migrations=Migrations(database, client, settings.task_queue),
        )
        async with LiveChanges(database) as live:
            app.state.live = live
            yield
        await database.close()

    app = DocumentedApp(
        title="Phaseline",
        version="1",
        description="Workflow for product teams: pipes, phases and cards. Errors are problem"
        " documents (RFC 9457); times are RFC 3339 in UTC.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    api = APIRouter(prefix="/api/v1")
    for module in (
        me,
        notices,
        pipes,
        lists,
        cards,
        attachments,
        connections,
        automations,
        messages,
        migrations,
        waiting,
        people,
        teams,
        tokens,
        audit,
        webhooks,
        deliveries,
        secrets,
    ):
        api.include_router(module.router)
    app.include_router(api)
    app.include_router(operations.router)
    app.include_router(pages.router)
    if _STATIC.is_dir():
        app.mount("/static", _ImmutableFiles(directory=_STATIC), name="static")
    _answer_errors(app)
    app.add_middleware(
        BodyLimit,
        files=settings.largest_upload,
        public_files=settings.largest_public_upload,
    )
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5)
    app.add_middleware(SecurityHeaders, is_secure=settings.is_secure)
    if is_traced():
        FastAPIInstrumentor.instrument_app(app, excluded_urls=NOT_TRACED)
    return app


class _ImmutableFiles(StaticFiles):
    """Files whose names hold a hash of their content: a browser never has to ask again."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # passed on
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _answer_errors(app: FastAPI) -> None:
    """Turns everything that can be raised into a problem, in one place."""
    table: dict[type[Exception], Callable[[Exception], Problem]] = {
        NoSuchCard: lambda _: problems.not_found("card"),
        NoSuchPipe: lambda _: problems.not_found("pipe"),
        KeyReused: lambda error: Problem(409, "key_reused", str(error)),
        EngineUnavailable: lambda error: Problem(503, "unavailable", str(error), headers=_AGAIN),
        EngineFault: _fault,
        SettingsError: lambda error: Problem(503, "not_configured", str(error)),
        RequestValidationError: lambda error: problems.of_validation(_validation(error)),
        FileRefused: lambda error: Problem(422, "file_refused", str(error)),
        StorageUnavailable: _no_storage,
        HTTPException: lambda error: problems.of_http(_http(error)),
        **dict.fromkeys(UNAVAILABLE, _no_database),
    }

    async def answer_problem(request: Request, error: Exception) -> Response:
        problem = error if isinstance(error, Problem) else _problem(table, error)
        if problem.status in _WATCHED:
            log.info(
                "refused",
                status=problem.status,
                code=problem.code,
                method=request.method,
                path=request.url.path,
                person=getattr(getattr(request.state, "person", None), "id", None),
            )
        if problems.wants_json(request):
            return problems.respond(problem)
        if "hx-request" not in request.headers:
            resumed = await pages.draw_resumable(request, problem)
            if resumed is not None:
                return resumed
        if isinstance(problem, NotSignedIn) and "hx-request" not in request.headers:
            return RedirectResponse(sign_in_address(request), status_code=303)
        if isinstance(problem, PasswordNeeded) and "hx-request" not in request.headers:
            return RedirectResponse(CHOOSING_PAGE, status_code=303)
        if isinstance(problem, SecondFactorNeeded) and "hx-request" not in request.headers:
            return RedirectResponse(SECOND_FACTOR_PAGE, status_code=303)
        return pages.draw_problem(request, problem)

    kinds: tuple[type[Exception], ...] = (Problem, *table)
    for kind in kinds:
        app.add_exception_handler(kind, answer_problem)


def _problem(
    table: dict[type[Exception], Callable[[Exception], Problem]], error: Exception
) -> Problem:
    for kind, make in table.items():
        if isinstance(error, kind):
            return make(error)
    raise error


def _fault(error: Exception) -> Problem:
    log.error("the engine failed on a command", error=str(error))
    return Problem(
        503,
        "engine_fault",
        "The engine could not decide this just now. Nothing has changed.",
        headers=_AGAIN,
    )


def _no_database(error: Exception) -> Problem:
    log.error("the database does not answer", error=str(error))
    return Problem(503, "unavailable", "The database does not answer just now.", headers=_AGAIN)


def _no_storage(error: Exception) -> Problem:
    log.error("the storage of files does not answer", error=str(error))
    message = "Files cannot be kept or read just now. Nothing else has changed."
    return Problem(503, "unavailable", message, headers=_AGAIN)


def _validation(error: Exception) -> RequestValidationError:
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- the table's key says so
    return error


def _http(error: Exception) -> HTTPException:
    assert isinstance(error, HTTPException)  # noqa: S101 -- the table's key says so
    return error
