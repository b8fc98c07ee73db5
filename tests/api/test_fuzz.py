"""Whatever is sent, nothing breaks: generated from the OpenAPI document, for every operation.

The operations are listed, so that one that is added is fuzzed or this table says why not.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.people import Person
from tests.servers.installation import Installation

OPERATIONS = (
    ("GET", "/api/v1/audit"),
    ("GET", "/api/v1/cards"),
    ("GET", "/api/v1/cards/{card}"),
    ("GET", "/api/v1/cards/{card}/attachments"),
    ("POST", "/api/v1/cards/{card}/attachments"),
    ("GET", "/api/v1/cards/{card}/attachments/{file}"),
    ("DELETE", "/api/v1/cards/{card}/attachments/{file}"),
    ("GET", "/api/v1/cards/{card}/automations"),
    ("POST", "/api/v1/cards/{card}/buttons/{automation}"),
    ("GET", "/api/v1/cards/{card}/connections"),
    ("POST", "/api/v1/cards/{card}/connections"),
    ("DELETE", "/api/v1/cards/{card}/connections/{connection}/{other}"),
    ("PATCH", "/api/v1/cards/{card}"),
    ("PUT", "/api/v1/cards/{card}/assignees"),
    ("POST", "/api/v1/cards/{card}/approvals/{stage}"),
    ("POST", "/api/v1/cards/{card}/cancel"),
    ("POST", "/api/v1/cards/{card}/claim"),
    ("POST", "/api/v1/cards/{card}/clocks"),
    ("POST", "/api/v1/cards/{card}/comments"),
    ("GET", "/api/v1/cards/{card}/events"),
    ("POST", "/api/v1/cards/{card}/handoff"),
    ("POST", "/api/v1/cards/{card}/hold"),
    ("GET", "/api/v1/cards/{card}/messages"),
    ("POST", "/api/v1/cards/{card}/messages"),
    ("POST", "/api/v1/cards/{card}/moves"),
    ("DELETE", "/api/v1/cards/{card}/pending"),
    ("POST", "/api/v1/cards/{card}/reopen"),
    ("POST", "/api/v1/cards/{card}/resume"),
    ("GET", "/api/v1/cards/{card}/transitions"),
    ("GET", "/api/v1/deliveries/{delivery}"),
    ("POST", "/api/v1/deliveries/{delivery}/replay"),
    ("GET", "/api/v1/inbox"),
    ("GET", "/api/v1/me"),
    ("GET", "/api/v1/notices"),
    ("GET", "/api/v1/notices/choices"),
    ("PUT", "/api/v1/notices/choices"),
    ("PUT", "/api/v1/me/locale"),
    ("POST", "/api/v1/notices/read"),
    ("GET", "/api/v1/pipes"),
    ("POST", "/api/v1/pipes"),
    ("POST", "/api/v1/pipes/check"),
    ("GET", "/api/v1/pipes/{pipe}"),
    ("POST", "/api/v1/pipes/{pipe}/attachments"),
    ("GET", "/api/v1/pipes/{pipe}/automations"),
    ("GET", "/api/v1/pipes/{pipe}/automations/runs"),
    ("POST", "/api/v1/pipes/{pipe}/automations/runs/again"),
    ("POST", "/api/v1/pipes/{pipe}/automations/{automation}/dry-run"),
    ("GET", "/api/v1/pipes/{pipe}/board"),
    ("GET", "/api/v1/pipes/{pipe}/cards"),
    ("POST", "/api/v1/pipes/{pipe}/cards"),
    ("GET", "/api/v1/pipes/{pipe}/forms/{form}"),
    ("GET", "/api/v1/pipes/{pipe}/migrations"),
    ("POST", "/api/v1/pipes/{pipe}/migrations"),
    ("GET", "/api/v1/pipes/{pipe}/migrations/{migration}"),
    ("POST", "/api/v1/pipes/{pipe}/migrations/{migration}/stop"),
    ("POST", "/api/v1/pipes/{pipe}/restore"),
    ("POST", "/api/v1/pipes/{pipe}/retire"),
    ("GET", "/api/v1/pipes/{pipe}/roles"),
    ("PUT", "/api/v1/pipes/{pipe}/roles/{role}/{user}"),
    ("DELETE", "/api/v1/pipes/{pipe}/roles/{role}/{user}"),
    ("GET", "/api/v1/pipes/{pipe}/secrets"),
    ("PUT", "/api/v1/pipes/{pipe}/secrets/{name}"),
    ("DELETE", "/api/v1/pipes/{pipe}/secrets/{name}"),
    ("GET", "/api/v1/pipes/{pipe}/versions"),
    ("GET", "/api/v1/pipes/{pipe}/versions/{number}"),
    ("GET", "/api/v1/teams"),
    ("PUT", "/api/v1/teams/{team}"),
    ("DELETE", "/api/v1/teams/{team}"),
    ("PUT", "/api/v1/teams/{team}/members/{user}"),
    ("DELETE", "/api/v1/teams/{team}/members/{user}"),
    ("GET", "/api/v1/tokens"),
    ("POST", "/api/v1/tokens"),
    ("DELETE", "/api/v1/tokens/{token}"),
    ("GET", "/api/v1/users"),
    ("POST", "/api/v1/users"),
    ("GET", "/api/v1/users/{user}"),
    ("PATCH", "/api/v1/users/{user}"),
    ("GET", "/api/v1/users/{user}/leaves"),
    ("POST", "/api/v1/users/{user}/leaves"),
    ("DELETE", "/api/v1/users/{user}/leaves/{begins_at}"),
    ("POST", "/api/v1/users/{user}/password"),
    ("GET", "/api/v1/webhooks"),
    ("GET", "/api/v1/webhooks/{webhook}"),
    ("DELETE", "/api/v1/webhooks/{webhook}"),
    ("GET", "/api/v1/webhooks/{webhook}/deliveries"),
    ("POST", "/api/v1/webhooks/{webhook}/resume"),
    ("POST", "/api/v1/webhooks/{webhook}/secret"),
    ("POST", "/api/v1/webhooks/{webhook}/stop"),
)
NOT_FUZZED = {
    # A stream does not end by itself; what it refuses is in `test_rubbish`.
    ("GET", "/api/v1/pipes/{pipe}/events"),
    # Addresses that are made up would really be called; what is refused is in `test_webhooks`.
    ("POST", "/api/v1/webhooks"),
    ("PATCH", "/api/v1/webhooks/{webhook}"),
}

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# Enough to meet each kind of value; more would find little and take long.
EACH = settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)

type Schema = Any  # Schemathesis keeps the class of its schemas to itself.


@pytest.fixture(scope="module")
def schema(house: Installation, owner: Person) -> Schema:
    return schemathesis.openapi.from_url(f"{house.address}/api/v1/openapi.json")


@pytest.fixture(scope="module")
def session(owner: Person) -> requests.Session:
    session = requests.Session()
    session.headers["Authorization"] = owner.api.headers["Authorization"]
    return session


@pytest.fixture
async def places(owner: Person) -> AsyncIterator[Mapping[str, str]]:
    """What addresses name, all of it there."""
    made = await owner.api.post("/pipes/errands/cards", json={"fields": {"what": "Fuzz"}})
    assert made.status_code == 201, made.text
    await owner.api.post("/users", json={"id": "fay", "name": "Fay"})
    await owner.api.put("/teams/fuzzers", json={"name": "Fuzzers"})
    yield {
        "card": made.json()["key"],
        "pipe": "errands",
        "form": "start",
        "number": "1",
        "user": "fay",
        "team": "fuzzers",
        "role": "runner",
        "begins_at": "2030-01-01T00:00:00Z",
        "name": "hook",
    }
    await owner.api.post("/pipes/errands/restore")  # Others go on with it.


def test_every_operation_is_in_the_table(schema: Schema) -> None:
    declared = {
        (method.upper(), path)
        for path, methods in schema.raw_schema["paths"].items()
        for method in methods
    }
    assert declared == NOT_FUZZED.union(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_nothing_that_is_sent_breaks_the_operation(
    schema: Schema,
    session: requests.Session,
    places: Mapping[str, str],
    method: str,
    path: str,
) -> None:
    operation: APIOperation[Any, Any, Any, Any] = schema[path][method]
    known = {name: value for name, value in places.items() if f"{{{name}}}" in path}

    def send(case: Case[Any]) -> None:
        case.call_and_validate(session=session, checks=CHECKS, timeout=20)

    for mode in GenerationMode:
        fit = operation.as_strategy(generation_mode=mode)
        EACH(given(fit)(send))()
        if known:
            at_home = operation.as_strategy(generation_mode=mode, path_parameters=known)
            EACH(given(at_home)(send))()


TEXTS = st.text(st.characters(codec="utf-8"), max_size=90)
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.dictionaries(st.sampled_from(("what", "where", "price", "tip")), VALUES, min_size=1)


def test_any_value_for_any_field_is_stored_as_it_is_or_refused(
    house: Installation, session: requests.Session, places: Mapping[str, str]
) -> None:
    address = f"{house.address}/api/v1/cards/{places['card']}"

    @settings(EACH, max_examples=80)
    @given(FIELDS | st.fixed_dictionaries({"where": TEXTS, "tip": TEXTS, "price": NUMBERS}))
    def write(fields: Mapping[str, Any]) -> None:
        before = session.get(address, timeout=20).json()
        answer = session.patch(address, json={"fields": fields}, timeout=20)
        after = session.get(address, timeout=20).json()
        if answer.status_code == 200:
            assert after == answer.json()
            for name, value in fields.items():
                assert after["fields"].get(name) in (value, None)
        else:
            assert answer.status_code in (413, 422), answer.text
            assert answer.json()["reasons"]
            assert after == before

    write()
