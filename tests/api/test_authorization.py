"""Every operation of the API asks who may: by scope of the token, and by part of the person.

The tables are written out and complete: an operation that is added is put into them, or they fail.
"""

from collections.abc import Mapping
from typing import Any, get_args

import httpx
import pytest

from engine.core.authorization import DEEDS
from engine.core.commands import Wish
from engine.core.rights import TABLE
from engine.core.scopes import SCOPE_OF
from tests.api.people import Person
from tests.api.test_fuzz import NOT_FUZZED, OPERATIONS

type Everyone = Mapping[str, Person]
type Operation = tuple[str, str]

READ, WRITE, PUBLISH, ADMIN = "cards:read", "cards:write", "pipes:write", "admin"
ANY = ""
# The scope that each takes; for tokens, to deal with one's own.
SCOPES: Mapping[str, str] = {
    "GET /audit": ADMIN,
    "GET /cards": READ,
    "GET /cards/{card}": READ,
    "GET /cards/{card}/attachments": READ,
    "POST /cards/{card}/attachments": WRITE,
    "GET /cards/{card}/attachments/{file}": READ,
    "DELETE /cards/{card}/attachments/{file}": WRITE,
    "GET /cards/{card}/automations": READ,
    "POST /cards/{card}/buttons/{automation}": WRITE,
    "GET /cards/{card}/connections": READ,
    "POST /cards/{card}/connections": WRITE,
    "DELETE /cards/{card}/connections/{connection}/{other}": WRITE,
    "PATCH /cards/{card}": WRITE,
    "PUT /cards/{card}/assignees": WRITE,
    "POST /cards/{card}/approvals/{stage}": WRITE,
    "POST /cards/{card}/cancel": WRITE,
    "POST /cards/{card}/claim": WRITE,
    "POST /cards/{card}/clocks": WRITE,
    "POST /cards/{card}/comments": WRITE,
    "GET /cards/{card}/events": READ,
    "POST /cards/{card}/handoff": WRITE,
    "POST /cards/{card}/hold": WRITE,
    "GET /cards/{card}/messages": READ,
    "POST /cards/{card}/messages": WRITE,
    "POST /cards/{card}/moves": WRITE,
    "DELETE /cards/{card}/pending": WRITE,
    "POST /cards/{card}/reopen": WRITE,
    "POST /cards/{card}/resume": WRITE,
    "GET /cards/{card}/transitions": READ,
    "GET /deliveries/{delivery}": ADMIN,
    "POST /deliveries/{delivery}/replay": ADMIN,
    "GET /inbox": READ,
    "GET /me": ANY,
    "GET /notices": READ,
    "GET /notices/choices": READ,
    "PUT /notices/choices": WRITE,
    "PUT /me/locale": WRITE,
    "POST /notices/read": WRITE,
    "GET /pipes": READ,
    "POST /pipes": PUBLISH,
    "POST /pipes/check": READ,
    "GET /pipes/{pipe}": READ,
    "POST /pipes/{pipe}/attachments": WRITE,
    "GET /pipes/{pipe}/automations": READ,
    "GET /pipes/{pipe}/automations/runs": READ,
    "POST /pipes/{pipe}/automations/runs/again": WRITE,
    "POST /pipes/{pipe}/automations/{automation}/dry-run": READ,
    "GET /pipes/{pipe}/board": READ,
    "GET /pipes/{pipe}/cards": READ,
    "POST /pipes/{pipe}/cards": WRITE,
    "GET /pipes/{pipe}/events": READ,
    "GET /pipes/{pipe}/forms/{form}": READ,
    "GET /pipes/{pipe}/migrations": READ,
    "POST /pipes/{pipe}/migrations": PUBLISH,
    "GET /pipes/{pipe}/migrations/{migration}": READ,
    "POST /pipes/{pipe}/migrations/{migration}/stop": PUBLISH,
    "POST /pipes/{pipe}/restore": PUBLISH,
    "POST /pipes/{pipe}/retire": PUBLISH,
    "GET /pipes/{pipe}/roles": ADMIN,
    "PUT /pipes/{pipe}/roles/{role}/{user}": ADMIN,
    "DELETE /pipes/{pipe}/roles/{role}/{user}": ADMIN,
    "GET /pipes/{pipe}/secrets": ADMIN,
    "PUT /pipes/{pipe}/secrets/{name}": ADMIN,
    "DELETE /pipes/{pipe}/secrets/{name}": ADMIN,
    "GET /pipes/{pipe}/versions": READ,
    "GET /pipes/{pipe}/versions/{number}": READ,
    "GET /teams": READ,
    "PUT /teams/{team}": ADMIN,
    "DELETE /teams/{team}": ADMIN,
    "PUT /teams/{team}/members/{user}": ADMIN,
    "DELETE /teams/{team}/members/{user}": ADMIN,
    "GET /tokens": READ,
    "POST /tokens": READ,
    "DELETE /tokens/{token}": READ,
    "GET /users": READ,
    "POST /users": ADMIN,
    "GET /users/{user}": READ,
    "PATCH /users/{user}": ADMIN,
    "GET /users/{user}/leaves": READ,
    "POST /users/{user}/leaves": ADMIN,
    "DELETE /users/{user}/leaves/{begins_at}": ADMIN,
    "POST /users/{user}/password": ADMIN,
    "GET /webhooks": ADMIN,
    "POST /webhooks": ADMIN,
    "PATCH /webhooks/{webhook}": ADMIN,
    "GET /webhooks/{webhook}": ADMIN,
    "DELETE /webhooks/{webhook}": ADMIN,
    "GET /webhooks/{webhook}/deliveries": ADMIN,
    "POST /webhooks/{webhook}/resume": ADMIN,
    "POST /webhooks/{webhook}/secret": ADMIN,
    "POST /webhooks/{webhook}/stop": ADMIN,
}
BODIES: Mapping[str, Any] = {
    "POST /cards/{card}/connections": {"connection": "x", "cards": ["NO-1"]},
    "PATCH /cards/{card}": {"fields": {}},
    "PUT /cards/{card}/assignees": {"assignees": []},
    "POST /cards/{card}/approvals/{stage}": {"decision": "approve"},
    "POST /cards/{card}/cancel": {"reason": "x"},
    "POST /cards/{card}/clocks": {"reason": "x"},
    "POST /cards/{card}/comments": {"text": "x"},
    "POST /cards/{card}/handoff": {"decision": "accept"},
    "POST /cards/{card}/hold": {"reason": "x"},
    "POST /cards/{card}/messages": {"to": ["x@example.com"], "subject": "x", "text": "x"},
    "POST /cards/{card}/moves": {"transition": "x"},
    "POST /cards/{card}/reopen": {"reason": "x"},
    "PUT /notices/choices": {"items": []},
    "PUT /me/locale": {"language": None, "time_zone": None},
    "POST /notices/read": {"ids": []},
    "POST /pipes": {},
    "POST /pipes/check": {},
    "POST /pipes/{pipe}/automations/runs/again": {"run": "x"},
    "POST /pipes/{pipe}/automations/{automation}/dry-run": {"card": "NO-1"},
    "POST /pipes/{pipe}/cards": {"fields": {}},
    "POST /pipes/{pipe}/migrations": {"to_version": 2},
    "PUT /pipes/{pipe}/secrets/{name}": {"secret": "x"},
    "PUT /teams/{team}": {"name": "x"},
    "PUT /teams/{team}/members/{user}": {},
    "POST /tokens": {"name": " ", "scopes": ["cards:read"]},
    "POST /users": {"id": "owner", "name": "x"},
    "PATCH /users/{user}": {},
    "POST /users/{user}/leaves": {
        "begins_at": "2020-01-01T00:00:00Z",
        "ends_at": "2020-01-02T00:00:00Z",
    },
    "POST /webhooks": {"url": "ftp://nowhere"},
    "PATCH /webhooks/{webhook}": {"url": "ftp://nowhere"},
}
# What the addresses name is not there: nothing is changed.
NOWHERE = {
    "begins_at": "2020-01-01T00:00:00Z",
    "number": "1",
    "user": "nobody",
    "form": "start",
}


def address_of(operation: str, **places: str) -> tuple[str, str]:
    method, path = operation.split(" ")
    for part in path.split("/"):
        if part.startswith("{"):
            name = part.strip("{}")
            path = path.replace(part, places.get(name) or NOWHERE.get(name, "no-where"))
    return method, path


async def asks(client: httpx.AsyncClient, operation: str, **places: str) -> httpx.Response:
    method, path = address_of(operation, **places)
    return await client.request(method, path, json=BODIES.get(operation))


def code(answer: httpx.Response) -> str:
    """Why it was refused, if it was."""
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    return str(answer.json()["code"]) if is_problem else ""


def test_the_table_is_complete() -> None:
    every = {f"{method} {path.removeprefix('/api/v1')}" for method, path in NOT_FUZZED} | {
        f"{method} {path.removeprefix('/api/v1')}" for method, path in OPERATIONS
    }
    assert set(SCOPES) == every


def test_every_deed_has_its_parts_and_its_scope() -> None:
    assert set(TABLE) == set(SCOPE_OF)


def test_what_people_send_to_cards_is_known_by_its_deed() -> None:
    kinds = {
        get_args(wish.__annotations__["kind"])[0] for wish in get_args(get_args(Wish.__value__)[0])
    }
    sent_by_itself = {
        "create_card",
        "receive_email",
        "run_actions",
        "write_fields",
        "note_failure",
        "look_again",
        "offer_handoff",
        "ring_clock",
        "pass_timer",
    }
    assert kinds == set(DEEDS) | sent_by_itself


@pytest.mark.parametrize("operation", SCOPES)
async def test_a_token_does_what_it_was_made_for(
    narrow: Mapping[str, httpx.AsyncClient], operation: str
) -> None:
    """The owner's tokens, each without one of the scopes."""
    for missing, client in narrow.items():
        answer = await asks(client, operation)
        refused = code(answer) == "missing_scope"
        assert refused == (missing == SCOPES[operation]), (missing, answer.text)


ON_CARDS = [operation for operation in SCOPES if "{card}" in operation]
# What somebody may do who sees a card and does not work on it.
SEEN = {operation for operation in ON_CARDS if operation.startswith("GET")}


@pytest.mark.parametrize("operation", ON_CARDS)
async def test_who_may_not_see_a_card_is_told_that_there_is_none(
    everyone: Everyone, operation: str
) -> None:
    made = await everyone["cy"].api.post("/pipes/errands/cards", json={"fields": {"what": "Own"}})
    card = made.json()["key"]
    for who in ("rae", "gus"):
        answer = await asks(everyone[who].api, operation, card=card)
        assert answer.status_code == 404, answer.text
    after = await everyone["cy"].api.get(f"/cards/{card}")
    assert after.json()["version"] == made.json()["version"]


@pytest.mark.parametrize("operation", ON_CARDS)
async def test_who_only_looks_changes_nothing(everyone: Everyone, operation: str) -> None:
    made = await everyone["cy"].api.post("/pipes/errands/cards", json={"fields": {"what": "Own"}})
    card = made.json()["key"]
    answer = await asks(everyone["val"].api, operation, card=card)
    if operation in SEEN and "{file}" not in operation:
        assert answer.status_code == 200, answer.text
    else:
        assert answer.status_code >= 400, answer.text
    after = await everyone["cy"].api.get(f"/cards/{card}")
    assert after.json()["version"] == made.json()["version"]


@pytest.mark.parametrize("operation", SCOPES)
async def test_who_is_not_signed_in_is_asked_to_be(everyone: Everyone, operation: str) -> None:
    owner = everyone["owner"].api
    async with httpx.AsyncClient(base_url=owner.base_url, timeout=20) as nobody:
        answer = await asks(nobody, operation)
    assert (answer.status_code, code(answer)) == (401, "not_signed_in"), answer.text
