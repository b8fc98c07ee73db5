"""HTTP requests of automations; parts of a JSON answer may be written to fields."""

import json
from collections.abc import Mapping
from secrets import token_hex
from typing import override

from engine.runtime.outside import AddressRefused
from engine.runtime.sealing import CannotOpen
from engine.runtime.settings import SettingsError
from engine.store.deliveries import Delivery
from engine.templates import names_in, render, render_line
from pipes.actions import SendRequest
from pipes.identifiers import FieldId, Instant, JsonValue
from workers.deliveries.outcomes import (
    Arrived,
    Failed,
    Outcome,
    Sender,
    excerpt,
    is_success,
    refusal,
    wanted_pause,
)
from workers.deliveries.outside import NotReached, OutsideAnswer, OutsideClient, OutsideRequest
from workers.deliveries.parcels import Parcel
from workers.deliveries.secrets import Secrets
from workers.deliveries.signing import NoSecret

# What a receiver may answer now and not later; any other refusal is for good.
_PASSING = frozenset((408, 409, 425, 429))


class Unfit(Exception):
    """The answer does not hold what is to be written to fields."""


def request_of(parcel: Parcel, action: SendRequest) -> Delivery:
    """The request that an automation sends.

    What is confidential is not told to a receiver outside.

    Raises:
        TemplateFault: One of its texts cannot be used.
    """
    texts = (action.url, action.body or "", *action.headers.values())
    # Where secrets are put in just before the request leaves; no value of a card can say the same.
    places = {
        name: f"[{name} {token_hex(8)}]" for text in texts for name in names_in(text, "secrets")
    }
    values = {**parcel.values(parcel.hidden_from(None)), "secrets": places}
    url = render_line(action.url, values, "data")
    return parcel.delivery(
        kind="http",
        about=action.method,
        target=_filled(url, dict.fromkeys(places.values(), "…")),
        content={
            "method": action.method,
            "url": url,
            "headers": {
                name: render_line(text, values, "data") for name, text in action.headers.items()
            },
            "body": None if action.body is None else render(action.body, values, "data"),
            "places": places,
            "run": parcel.step.order.id,
            "store": {str(name): pointer for name, pointer in action.store.items()},
        },
    )


class RequestSender(Sender):
    """Sends requests of automations."""

    def __init__(self, outside: OutsideClient, secrets: Secrets) -> None:
        self._outside = outside
        self._secrets = secrets

    @override
    async def send(self, delivery: Delivery, at: Instant) -> Outcome:
        content = delivery.content or {}
        try:
            answer = await self._outside.send(await self._request(delivery, at))
        except (NotReached, NoSecret, CannotOpen, SettingsError) as error:
            return Failed(why=str(error))
        except AddressRefused as error:
            return Failed(why=str(error), is_final=True)
        if not is_success(answer):
            return Failed(
                why=refusal(answer),
                status=answer.status,
                excerpt=excerpt(answer),
                is_final=answer.status < 500 and answer.status not in _PASSING,
                not_before=wanted_pause(answer),
            )
        try:
            values = stored_values(answer, _texts(content.get("store")))
        except Unfit as error:
            return Failed(
                why=str(error), status=answer.status, excerpt=excerpt(answer), is_final=True
            )
        return Arrived(status=answer.status, excerpt=excerpt(answer), values=values)

    async def _request(self, delivery: Delivery, at: Instant) -> OutsideRequest:
        """The request with its secrets.

        Raises:
            NoSecret: One is not kept.
        """
        content = delivery.content or {}
        headers, body = _texts(content.get("headers")), content.get("body")
        secrets = {
            place: await self._secret(delivery.pipe, name, at)
            for name, place in _texts(content.get("places")).items()
        }
        named = {name.lower() for name in headers}
        usual = {"Idempotency-Key": delivery.id, "Content-Type": "application/json"}
        return OutsideRequest(
            method=str(content["method"]),
            url=_filled(str(content["url"]), secrets),
            headers={
                **{name: text for name, text in usual.items() if name.lower() not in named},
                **{name: _filled(text, secrets) for name, text in headers.items()},
            },
            body=b"" if body is None else _filled(str(body), secrets).encode(),
        )

    async def _secret(self, pipe: str, name: str, at: Instant) -> str:
        valid = await self._secrets.valid(pipe, name, at)
        if not valid:
            raise NoSecret(f"The pipe {pipe} keeps no secret “{name}”.")
        return valid[0]


def stored_values(answer: OutsideAnswer, store: Mapping[str, str]) -> dict[FieldId, JsonValue]:
    """What of an answer is to be written to which field.

    Raises:
        Unfit: It is no JSON, or has nothing where it should.
    """
    if not store:
        return {}
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise Unfit("It answered something that is no JSON.") from None
    return {FieldId(name): _at(document, pointer) for name, pointer in store.items()}


def _at(document: JsonValue, pointer: str) -> JsonValue:
    found = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        match found:
            case Mapping() if name in found:
                found = found[name]
            case list() if name.isascii() and name.isdecimal() and int(name) < len(found):
                found = found[int(name)]
            case _:
                raise Unfit(f"Its answer has nothing at {pointer}.")
    return found


def _filled(text: str, places: Mapping[str, str]) -> str:
    for place, filling in places.items():
        text = text.replace(place, filling)
    return text


def _texts(value: JsonValue) -> dict[str, str]:
    return {name: str(text) for name, text in value.items()} if isinstance(value, Mapping) else {}
