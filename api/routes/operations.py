"""For operators and editors: alive, ready, metrics, and the schema of definitions."""

import asyncio
from collections.abc import Awaitable

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from temporalio.client import Client
from temporalio.service import RPCError

from api.services import Has
from pipes.schema import schema_text

router = APIRouter(include_in_schema=False)

# Less than proxies and containers wait for an answer.
_WITHIN_SECONDS = 2.0


@router.get("/healthz")
async def healthz() -> PlainTextResponse:
    """The process is alive."""
    return PlainTextResponse("alive\n")


@router.get("/readyz")
async def readyz(request: Request, services: Has) -> JSONResponse:
    """Whether commands can be taken: database, with its tables, and Temporal both answer."""
    client: Client = request.app.state.temporal
    database, temporal = await asyncio.gather(
        _in_time(services.database.is_ready()), _in_time(_answers(client))
    )
    states = {"database": database, "temporal": temporal}
    return JSONResponse(states, status_code=200 if all(states.values()) else 503)


@router.get("/metrics")
async def metrics() -> Response:
    """For Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.get("/schemas/pipe.json")
async def pipe_schema() -> Response:
    """The JSON Schema of definitions."""
    return Response(schema_text(), media_type="application/schema+json")


async def _in_time(answering: Awaitable[bool]) -> bool:
    """Whether it answers, and soon: what hangs is as good as gone to whoever asks."""
    try:
        async with asyncio.timeout(_WITHIN_SECONDS):
            return await answering
    except TimeoutError:
        return False


async def _answers(client: Client) -> bool:
    try:
        return await client.service_client.check_health()
    except (RPCError, RuntimeError):
        return False
