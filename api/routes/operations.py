"""For operators and editors: alive, ready, metrics, and the schema of definitions."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from temporalio.client import Client
from temporalio.service import RPCError

from api.services import Has
from pipes.schema import schema_text

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> PlainTextResponse:
    """The process is alive."""
    return PlainTextResponse("alive\n")


@router.get("/readyz")
async def readyz(request: Request, services: Has) -> JSONResponse:
    """Whether commands can be taken: database and Temporal both answer."""
    client: Client = request.app.state.temporal
    states = {
        "database": await services.database.is_reachable(),
        "temporal": await _answers(client),
    }
    return JSONResponse(states, status_code=200 if all(states.values()) else 503)


@router.get("/metrics")
async def metrics() -> Response:
    """For Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.get("/schemas/pipe.json")
async def pipe_schema() -> Response:
    """The JSON Schema of definitions."""
    return Response(schema_text(), media_type="application/schema+json")


async def _answers(client: Client) -> bool:
    try:
        return await client.service_client.check_health()
    except (RPCError, RuntimeError):
        return False
