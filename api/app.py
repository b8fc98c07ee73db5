"""The application: what serves the API and the pages."""

from fastapi import FastAPI

from engine.runtime.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """The application of these settings."""
    app = FastAPI(title="Phaseline", openapi_url="/api/v1/openapi.json")

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> dict[str, str]:
        return {"status": "ready"}

    return app
