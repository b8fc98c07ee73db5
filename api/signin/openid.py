"""Signing in through an OpenID Connect provider: the authorization code flow with PKCE.

The provider is whom the operator names, so that what it says of people is believed: who somebody
is, and which address of theirs it has verified. What a browser brings back is believed only with
the state that this browser was sent away with, and a token that holds the nonce of the same way.
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from engine.runtime.settings import Settings

WELL_KNOWN = "/.well-known/openid-configuration"
BACK = "/sign-in/oidc/back"
# How long the way to the provider and back may take.
LASTS_SECONDS = 600
_SCOPES = "openid profile email"
# Signed with a key of the provider's that everybody may know; never `none`, never a shared secret.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
_LEEWAY_SECONDS = 60
_KNOWN_FOR_SECONDS = 3_600
_WITHIN_SECONDS = 10


class ProviderFailed(Exception):
    """The provider does not answer, or not as one does; the message is for the logs."""


class NotBelieved(Exception):
    """What came back does not prove who somebody is; the message is for the logs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """What a browser was sent away with; it is sealed in a cookie of that browser's until then.

    Attributes:
        next: The page that was wanted.
        verifier: What proves to the provider that who brings the code was sent by us (PKCE).
        again: Whether the provider is to ask who somebody is, although it knows.
    """

    state: str
    nonce: str
    verifier: str
    next: str
    at: int
    again: bool = False

    def as_text(self) -> str:
        """As it is sealed."""
        return json.dumps(asdict(self))

    @classmethod
    def of_text(cls, text: str) -> "Departure":
        """What was sealed."""
        return cls(**json.loads(text))

    @property
    def is_over(self) -> bool:
        """Whether it has taken too long."""
        return time.time() - self.at > LASTS_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is, as the provider says; `email` is None where it has not verified it."""

    issuer: str
    subject: str
    email: str | None
    name: str
    username: str


def depart(next_page: str, *, again: bool = False) -> Departure:
    """A way to the provider that nobody else can come back by."""
    return Departure(
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        next=next_page,
        at=int(time.time()),
        again=again,
    )


class OpenIdConnect:
    """The provider of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._issuer = (settings.oidc_issuer or "").rstrip("/")
        self._client_id = settings.oidc_client_id or ""
        self._secret = settings.oidc_client_secret
        self._redirect = f"{settings.address.rstrip('/')}{BACK}"
        self._home = f"{settings.address.rstrip('/')}/sign-in"
        self._known: Mapping[str, Any] = {}
        self._known_at = 0.0
        self._keys: KeySet | None = None

    async def address_to_sign_in(self, departure: Departure) -> str:
        """Where the browser goes.

        Raises:
            ProviderFailed: It cannot be found out.
        """
        digest = hashlib.sha256(departure.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect,
            "scope": _SCOPES,
            "state": departure.state,
            "nonce": departure.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        if departure.again:
            # By the age asked for it has to tell when it has asked (OpenID Connect Core, 3.1.2.1).
            asked |= {"prompt": "login", "max_age": "0"}
        return _with_query((await self._metadata())["authorization_endpoint"], asked)

    async def address_to_sign_out(self) -> str | None:
        """Where one ends the provider's own session; None if it has no such page."""
        try:
            page = (await self._metadata()).get("end_session_endpoint")
        except ProviderFailed:
            return None
        if not isinstance(page, str):
            return None
        asked = {"client_id": self._client_id, "post_logout_redirect_uri": self._home}
        return _with_query(page, asked)

    async def identity(self, code: str, departure: Departure) -> Identity:
        """Who the code is about.

        Raises:
            ProviderFailed: The provider does not answer.
            NotBelieved: It does not take the code, or its token does not hold.
        """
        metadata = await self._metadata()
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "client_id": self._client_id,
            "code_verifier": departure.verifier,
        }
        secret = None if self._secret is None else self._secret.get_secret_value()
        answer = await _ask(
            "POST",
            metadata["token_endpoint"],
            data=asked,
            auth=None if secret is None else (self._client_id, secret),
        )
        if answer.status_code != 200:
            raise NotBelieved(f"the token endpoint answered {answer.status_code}")
        token = _document(answer).get("id_token")
        if not isinstance(token, str):
            raise NotBelieved("there is no ID token")
        claims = await self._claims(token)
        if not secrets.compare_digest(str(claims.get("nonce")), departure.nonce):
            raise NotBelieved("the nonce is another one")
        if departure.again and not _has_asked_since(departure, claims):
            raise NotBelieved("the provider does not say that it has asked again who this is")
        return _identity(claims)

    async def _claims(self, token: str) -> Mapping[str, Any]:
        """What the token says, if the provider has signed it, for us and of late."""
        try:
            decoded = jwt.decode(token, await self._key_set(), algorithms=_ALGORITHMS)
        except (JoseError, ValueError):  # The provider may have a new key.
            self._keys = None
            try:
                decoded = jwt.decode(token, await self._key_set(), algorithms=_ALGORITHMS)
            except (JoseError, ValueError) as error:
                raise NotBelieved(f"the token is not signed by the provider ({error})") from error
        claims = decoded.claims
        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": (await self._metadata())["issuer"]},
            aud={"essential": True, "value": self._client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise NotBelieved(f"the token does not hold ({error})") from error
        if claims.get("azp", self._client_id) != self._client_id:
            raise NotBelieved("the token is for another client")
        return claims

    async def _metadata(self) -> Mapping[str, Any]:
        if time.monotonic() - self._known_at < _KNOWN_FOR_SECONDS and self._known:
            return self._known
        found = _document(await _ask("GET", f"{self._issuer}{WELL_KNOWN}"))
        if str(found.get("issuer", "")).rstrip("/") != self._issuer:
            raise ProviderFailed(f"it calls itself {found.get('issuer')!r}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not str(found.get(name, "")).startswith(("https://", "http://")):
                raise ProviderFailed(f"it tells no {name}")
        self._known, self._known_at = found, time.monotonic()
        return found

    async def _key_set(self) -> KeySet:
        if self._keys is None:
            found = _document(await _ask("GET", (await self._metadata())["jwks_uri"]))
            try:
                self._keys = KeySet.import_key_set(found)  # type: ignore[arg-type]  # as it came
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise ProviderFailed(f"its keys cannot be read ({error})") from error
        return self._keys


def _has_asked_since(departure: Departure, claims: Mapping[str, Any]) -> bool:
    """Whether the provider has asked who somebody is since they left for it: what the browser was
    sent with may have been changed on its way, the token not.
    """
    asked_at = claims.get("auth_time")
    return isinstance(asked_at, int) and asked_at >= departure.at - _LEEWAY_SECONDS


def _identity(claims: Mapping[str, Any]) -> Identity:
    email = claims.get("email")
    is_verified = claims.get("email_verified") is True and isinstance(email, str)
    username = str(claims.get("preferred_username") or email or claims["sub"])
    return Identity(
        issuer=str(claims["iss"]).rstrip("/"),
        subject=str(claims["sub"])[:255],
        email=str(email) if is_verified else None,
        name=str(claims.get("name") or username),
        username=username.partition("@")[0],
    )


async def _ask(method: str, address: str, **given: Any) -> httpx2.Response:  # noqa: ANN401 -- httpx2's own
    try:
        async with httpx2.AsyncClient(timeout=_WITHIN_SECONDS) as client:
            return await client.request(method, address, **given)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise ProviderFailed(f"{address}: {error!r}") from error


def _document(answer: httpx2.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if answer.status_code != 200 or not isinstance(found, dict):
        raise ProviderFailed(f"{answer.url} answered {answer.status_code}, and no document")
    return found


def _with_query(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"
