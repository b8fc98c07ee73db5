"""What the OpenAPI document says besides what the routes say: problems, and how to sign in."""

from typing import Any, override

from fastapi import FastAPI

from api.routes.schemas import ProblemShown
from api.signin.people import COOKIE

_WAYS_IN: dict[str, dict[str, str]] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A personal or service token, for programs.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The session of the pages; what changes something also takes the header"
        " `X-CSRF-Token`.",
    },
}


class DocumentedApp(FastAPI):
    """An application whose document is complete."""

    @override
    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        document = super().openapi()
        components: dict[str, Any] = document["components"]
        components["schemas"][ProblemShown.__name__] = ProblemShown.model_json_schema()
        components["securitySchemes"] = _WAYS_IN
        document["security"] = [{name: []} for name in _WAYS_IN]
        return document
