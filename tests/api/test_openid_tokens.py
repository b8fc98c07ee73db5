"""ID tokens that must not be believed, from a provider that signs whatever it is told to."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.signin.openid import Departure, NotBelieved, OpenIdConnect, ProviderFailed, depart
from engine.runtime.settings import Settings
from tests.eventually import eventually
from tests.servers.process import free_port

NONE = "eyJhbGciOiJub25lIn0."


@dataclass(slots=True, kw_only=True)
class Provider:
    """What it says and signs can be changed at any moment."""

    issuer: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    token: str = ""
    metadata: Mapping[str, object] = field(default_factory=dict)
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def claims(self, departure: Departure, **other: object) -> dict[str, object]:
        now = int(time.time())
        sound = {
            "iss": self.issuer,
            "sub": "s-1",
            "aud": "phaseline",
            "iat": now,
            "exp": now + 60,
            "nonce": departure.nonce,
            "email": "ana@example.com",
            "email_verified": True,
        }
        return {name: value for name, value in {**sound, **other}.items() if value is not None}

    async def tell(self, _: Request) -> Response:
        places = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return JSONResponse({**places, **self.metadata})

    async def keys(self, _: Request) -> Response:
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def give(self, request: Request) -> Response:
        self.asked.append({**(await request.form()), "auth": request.headers["authorization"]})
        return JSONResponse({"id_token": self.token, "token_type": "Bearer"})


@asynccontextmanager
async def served(provider: Provider, port: int) -> AsyncIterator[None]:
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.tell),
            Route("/keys", provider.keys),
            Route("/token", provider.give, methods=["POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    port = free_port()
    made = Provider(issuer=f"http://127.0.0.1:{port}")
    async with served(made, port):
        yield made


def client_of(provider: Provider) -> OpenIdConnect:
    return OpenIdConnect(
        Settings(
            oidc_issuer=provider.issuer,
            oidc_client_id="phaseline",
            oidc_client_secret=SecretStr("shared"),
        )
    )


def signed(provider: Provider, claims: Mapping[str, object], key: Any = None) -> str:
    return jwt.encode({"alg": "RS256", "kid": "first"}, dict(claims), key or provider.key)


async def test_a_sound_token_is_believed_and_the_verifier_is_sent(provider: Provider) -> None:
    departure = depart("/")
    provider.token = signed(provider, provider.claims(departure))
    identity = await client_of(provider).identity("code", departure)

    assert (identity.subject, identity.email) == ("s-1", "ana@example.com")
    (asked,) = provider.asked
    assert asked["code_verifier"] == departure.verifier
    assert asked["auth"].startswith("Basic ")


@pytest.mark.parametrize(
    "other",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"aud": ["another"]},
        {"azp": "another"},
        {"exp": int(time.time()) - 3_600},
        {"iat": int(time.time()) + 3_600},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": None},
        {"sub": None},
    ],
    # The workers that share the tests must call them the same, whatever the time is.
    ids=lambda other: ", ".join(f"{name}={type(value).__name__}" for name, value in other.items()),
)
async def test_claims_that_do_not_hold_are_not_believed(
    provider: Provider, other: dict[str, object]
) -> None:
    departure = depart("/")
    provider.token = signed(provider, provider.claims(departure, **other))
    with pytest.raises(NotBelieved):
        await client_of(provider).identity("code", departure)


@pytest.mark.parametrize(
    "asked_at", [None, int(time.time()) - 3_600, "now"], ids=["never", "an hour ago", "no time"]
)
async def test_a_provider_that_has_not_asked_again_does_not_confirm_anybody(
    provider: Provider, asked_at: object
) -> None:
    """Who finds a browser open could leave for it without the wish that it asks."""
    departure, client = depart("/", again=True), client_of(provider)
    provider.token = signed(provider, provider.claims(departure, auth_time=asked_at))
    with pytest.raises(NotBelieved, match="asked again"):
        await client.identity("code", departure)

    provider.token = signed(provider, provider.claims(departure, auth_time=int(time.time())))
    assert (await client.identity("code", departure)).subject == "s-1"


async def test_a_token_that_the_provider_has_not_signed_is_not_believed(
    provider: Provider,
) -> None:
    departure, client = depart("/"), client_of(provider)
    claims = provider.claims(departure)
    sound = signed(provider, claims)
    by_secret = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key("shared" * 8))
    stranger = RSAKey.generate_key(2048, {"kid": "first"})
    for token in (
        signed(provider, claims, stranger),
        by_secret,
        NONE + sound.split(".")[1] + ".",
        sound[:-8] + "AAAAAAAA",
        "",
        "no token",
    ):
        provider.token = token
        with pytest.raises(NotBelieved):
            await client.identity("code", departure)


async def test_a_new_key_of_the_provider_is_looked_for(provider: Provider) -> None:
    client, departure = client_of(provider), depart("/")
    provider.token = signed(provider, provider.claims(departure))
    await client.identity("code", departure)
    provider.key = RSAKey.generate_key(2048, {"kid": "second"})
    provider.token = jwt.encode(
        {"alg": "RS256", "kid": "second"}, provider.claims(departure), provider.key
    )
    assert (await client.identity("code", departure)).subject == "s-1"


@pytest.mark.parametrize(
    "said", [{"email_verified": False}, {"email_verified": "true"}, {"email_verified": None}]
)
async def test_an_address_that_is_not_verified_is_none(
    provider: Provider, said: dict[str, object]
) -> None:
    departure = depart("/")
    provider.token = signed(provider, provider.claims(departure, **said))
    assert (await client_of(provider).identity("code", departure)).email is None


@pytest.mark.parametrize(
    "told",
    [{"issuer": "https://elsewhere.example"}, {"token_endpoint": None}, {"jwks_uri": "file:///x"}],
    ids=str,
)
async def test_a_provider_that_is_another_is_not_used(
    provider: Provider, told: dict[str, object]
) -> None:
    provider.metadata = told
    with pytest.raises(ProviderFailed):
        await client_of(provider).address_to_sign_in(depart("/"))
