"""An OpenID Connect provider for tests, as a process of its own: `oidc-provider-mock`, which also
holds clients to PKCE here.

Run as a program with a port; imported for the people whom it knows.
"""

import base64
import hashlib
import sys
from collections.abc import Mapping
from typing import Any

PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "s-ana": {"email": "ana@example.com", "email_verified": True, "name": "Ana Souza"},
    "s-new": {
        "email": "new.comer@example.com",
        "email_verified": True,
        "name": "Nora Comer",
        "preferred_username": "Nora Comer!",
    },
    "s-eve": {"email": "ana@example.com", "email_verified": False, "name": "Eve"},
    "s-str": {"email": "ana@example.com", "email_verified": "true", "name": "Eve again"},
    "s-off": {"email": "off@example.com", "email_verified": True, "name": "Off"},
}


def serve(port: int) -> None:
    """Serves until it is ended."""
    import flask
    import oidc_provider_mock

    users = [oidc_provider_mock.User(sub=sub, claims=dict(said)) for sub, said in PEOPLE.items()]
    app = oidc_provider_mock.app(require_nonce=True, user_claims=users)
    challenges: set[str] = set()

    @app.before_request  # type: ignore[untyped-decorator]  # Flask's, of a package without types
    def hold_to_pkce() -> tuple[str, int] | None:
        if flask.request.path == "/oauth2/authorize":
            if flask.request.args.get("code_challenge_method") != "S256":
                return "no PKCE", 400
            challenges.add(flask.request.args["code_challenge"])
        if flask.request.path == "/oauth2/token":
            digest = hashlib.sha256(flask.request.form["code_verifier"].encode()).digest()
            if base64.urlsafe_b64encode(digest).decode().rstrip("=") not in challenges:
                return "another verifier", 400
        return None

    app.run(host="127.0.0.1", port=port, use_reloader=False)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
