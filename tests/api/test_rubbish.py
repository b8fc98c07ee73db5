"""Rubbish by hand: what generators do not think of, sent to the API and to the forms of pages."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.api.people import Person, browser
from tests.servers.installation import Installation

PROBLEM = "application/problem+json"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
LARGEST = 1_100_000


def cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def nested(depth: int) -> bytes:
    return b'{"fields":{"price":' + b"[" * depth + b"]" * depth + b"}}"


@pytest.fixture(scope="module")
async def card(owner: Person) -> str:
    made = await owner.api.post("/pipes/errands/cards", json={"fields": {"what": "Rubbish"}})
    assert made.status_code == 201, made.text
    return str(made.json()["key"])


@pytest.fixture(autouse=True)
async def still_whole(owner: Person, card: str) -> Any:
    """After each rubbish the card is there and its page can be drawn."""
    yield
    for page in (f"/cards/{card}", "/pipes/errands"):
        assert (await owner.pages.get(page)).status_code == 200


def hold_to_problem(answer: httpx.Response, status: int) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    shown = answer.json()
    assert shown["status"] == status
    assert shown["type"] == f"urn:phaseline:problem:{shown['code']}"
    assert {"title", "detail", "reasons"} <= shown.keys()


BODIES: Mapping[str, tuple[bytes, int]] = {
    "nothing": (b"", 422),
    "no object": (b"null", 422),
    "a list": (b"[]", 422),
    "half a document": (b'{"fields":', 400),
    "no UTF-8": (b'{"fields":{"where":"\xff"}}', 400),
    "the wrong mark": (b'\xff\xfe{"fields":{}}', 400),
    "NUL": (b'{"fields":{"where":"\\u0000"}}', 422),
    "half a surrogate pair": (b'{"fields":{"where":"\\ud800"}}', 422),
    "half a surrogate pair as a name": (b'{"fields":{"\\ud800":"a"}}', 422),
    "half a surrogate pair as a label": (b'{"labels":["\\ud800"]}', 422),
    "not a number": (b'{"fields":{"price":NaN}}', 422),
    "infinity": (b'{"fields":{"price":-Infinity}}', 422),
    "too large for a double": (b'{"fields":{"price":1e999}}', 422),
    "an integer beyond doubles": (b'{"fields":{"price":9007199254740993}}', 422),
    "an integer of 400 digits": (b'{"fields":{"price":1' + b"0" * 400 + b"}}", 422),
    "an integer of 5,000 digits": (b'{"fields":{"price":1' + b"0" * 5000 + b"}}", 400),
    "40 deep": (nested(40), 422),
    "100,000 deep": (nested(100_000), 400),
    "an unknown name": (b'{"field":{}}', 422),
    "a truth value for a number": (b'{"fields":{"price":true}}', 422),
    "an unknown priority": (b'{"priority":"dire"}', 422),
    "201 labels": (json.dumps({"labels": ["x"] * 201}).encode(), 422),
    "a due date without a zone": (b'{"due_at":"2026-12-24T00:00:00"}', 422),
    "a due date before all time": (b'{"due_at":"0001-01-01T00:00:00+14:00"}', 422),
    "a due date after all time": (b'{"due_at":"9999-12-31T23:59:59-14:00"}', 422),
    "a due date that some zones cannot show": (b'{"due_at":"9999-12-31T23:59:59Z"}', 422),
    "a due date out of numbers": (b'{"due_at":1e30}', 422),
    "too large": (b'{"fields":{"where":"' + b"x" * LARGEST + b'"}}', 413),
}


@pytest.mark.parametrize("body", BODIES)
async def test_a_rubbish_body_is_refused_and_changes_nothing(
    owner: Person, card: str, body: str
) -> None:
    content, status = BODIES[body]
    before = (await owner.api.get(f"/cards/{card}")).json()
    answer = await owner.api.patch(
        f"/cards/{card}", content=content, headers={"Content-Type": JSON}
    )
    hold_to_problem(answer, status)
    assert (await owner.api.get(f"/cards/{card}")).json() == before


@pytest.mark.parametrize(
    "kind",
    ["text/plain", FORM, "multipart/form-data", "multipart/form-data; boundary=x", "", "//;;=="],
)
async def test_a_body_of_another_kind_is_refused(owner: Person, card: str, kind: str) -> None:
    answer = await owner.api.patch(
        f"/cards/{card}", content=b'{"fields":{"where":"a"}}', headers={"Content-Type": kind}
    )
    hold_to_problem(answer, 422)


_RUBBISH_DEFINITIONS = {
    "no UTF-8": (b"\xff", "not_utf8"),
    "UTF-16": ('{"id": "a"}'.encode("utf-16"), "not_utf8"),
    "a list": (b"[]", "wrong_type"),
    "many digits": (b'{"a":1' + b"0" * 5000 + b"}", "bad_number"),
    "no number": (b'{"a":1e999}', "bad_number"),
    "twice": (b'{"id":"a","id":"b"}', "duplicate_name"),
    "deep": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "too_deep"),
    "cut off": (b'{"a":' * 10, "not_json"),
    "nothing": (b"", "not_json"),
}


@pytest.mark.parametrize(
    ("content", "code"), _RUBBISH_DEFINITIONS.values(), ids=_RUBBISH_DEFINITIONS
)
async def test_what_is_wrong_with_a_rubbish_definition_is_found(
    owner: Person, content: bytes, code: str
) -> None:
    headers = {"Content-Type": JSON}
    checked = await owner.api.post("/pipes/check", content=content, headers=headers)
    refused = await owner.api.post("/pipes", content=content, headers=headers)

    assert checked.status_code == 200
    assert not checked.json()["ok"]
    assert code in [each["code"] for each in checked.json()["findings"]]
    hold_to_problem(refused, 422)
    assert refused.json()["findings"] == checked.json()["findings"]


@pytest.mark.parametrize("address", ["/pipes", "/pipes/check"])
async def test_a_definition_that_is_too_large_is_refused(owner: Person, address: str) -> None:
    content = b" " * LARGEST + b"{}"
    answer = await owner.api.post(address, content=content, headers={"Content-Type": JSON})
    hold_to_problem(answer, 413)


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b'{"a":NaN}',
        b'{"id":"\\ud800"}',
        b'{"id":1,"id":2}',
        b'{"fields":' * 300 + b"1" + b"}" * 300,
    ],
)
async def test_a_definition_that_is_none_is_told_why(owner: Person, content: bytes) -> None:
    checked = await owner.api.post("/pipes/check", content=content, headers={"Content-Type": JSON})
    assert (checked.status_code, checked.json()["ok"]) == (200, False)
    refused = await owner.api.post("/pipes", content=content, headers={"Content-Type": JSON})
    hold_to_problem(refused, 422)
    assert refused.json()["findings"] == checked.json()["findings"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nothing", 404),
        ("/cards/%00", 404),
        ("/cards/%ff", 404),
        ("/cards/%ed%a0%80", 404),
        ("/cards/" + "x" * 5000, 404),
        ("/cards/..%2f..", 404),
        ("/pipes/%00", 404),
        ("/pipes/%00/board", 404),
        ("/pipes/%00/events", 404),
        ("/pipes/%ff/cards", 404),
        ("/pipes/errands/forms/%00", 404),
        ("/pipes/errands/versions/0", 404),
        ("/pipes/errands/versions/99999999999999999999", 404),
        ("/pipes/errands/versions/one", 422),
        ("/pipes/errands/versions/" + "9" * 5000, 422),
        ("/pipes/errands/events?after=-1", 422),
        ("/pipes/errands/events?after=99999999999999999999", 422),
        ("/cards?limit=0", 422),
        ("/cards?limit=201", 422),
        ("/cards?limit=99999999999999999999", 422),
        ("/cards?sort=fields", 422),
        ("/cards?status=lost", 422),
        ("/cards?late=perhaps", 422),
        ("/cards?q=" + "x" * 201, 422),
    ],
)
async def test_a_rubbish_address_is_a_problem(owner: Person, address: str, status: int) -> None:
    hold_to_problem(await owner.api.get(address), status)


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=%ff", "q=%22*(", "q=%25_%5c", "phase=%ed%a0%80", "assignee=%00", "label=%00",
     "field.%00=x", "field.where=%00", "field.=1", "field.nothing=1", "q=&phase=&label="],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/cards", "/pipes/errands/cards", "/pipes/errands/board"])
async def test_a_rubbish_filter_finds_what_it_finds(
    owner: Person, address: str, query: str
) -> None:
    assert (await owner.api.get(f"{address}?{query}")).status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        "x",
        "%00",
        "é",
        cursor(),
        cursor("a"),
        cursor(True, "x"),
        cursor("a", "b", "c"),
        cursor("yesterday", "x"),
        cursor("2026-01-01T00:00:00", "x"),
        cursor("2026-01-01T00:00:00Z", "\ud800"),
        cursor("2026-01-01T00:00:00Z", "\x00"),
        cursor({"a": 1}, []),
        base64.urlsafe_b64encode(b"[" * 300).decode().rstrip("="),
    ],
)
@pytest.mark.parametrize(
    "address",
    ["/cards", "/pipes/errands/cards", "/pipes/errands/board?phase=asked", "/cards/{}/events"],
)
async def test_a_cursor_that_was_not_given_out_is_refused(
    owner: Person, card: str, address: str, given: str
) -> None:
    answer = await owner.api.get(
        address.format(card), params={"phase": "asked", "cursor": given.replace("%00", "\x00")}
    )
    hold_to_problem(answer, 400)


@pytest.mark.parametrize("given", [cursor("\ud800", "x"), cursor("\x00", "x")])
async def test_a_text_in_a_cursor_can_be_stored(owner: Person, given: str) -> None:
    hold_to_problem(await owner.api.get("/cards", params={"sort": "title", "cursor": given}), 400)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("If-Match", b"x"),
        ("If-Match", b'"1", "2"'),
        ("If-Match", b'"9999999999999"'),
        ("If-Match", "\u00b2".encode("latin-1")),
        ("Idempotency-Key", b""),
        ("Idempotency-Key", b"x" * 101),
        ("Idempotency-Key", b"\x80"),
    ],
)
async def test_a_rubbish_header_is_refused(
    owner: Person, card: str, name: str, value: bytes
) -> None:
    answer = await owner.api.post(f"/cards/{card}/claim", headers=[(name.encode(), value)])
    hold_to_problem(answer, 400)


@pytest.mark.parametrize("header", [b"Bearer", b"Basic eDp5", b"\xff", b"Bearer \xff"])
async def test_a_rubbish_token_is_nobody(house: Installation, header: bytes) -> None:
    async with httpx.AsyncClient(base_url=house.address) as client:
        answer = await client.get("/api/v1/me", headers=[(b"Authorization", header)])
    hold_to_problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE"])
async def test_a_method_that_is_not_there_is_a_problem(owner: Person, method: str) -> None:
    hold_to_problem(await owner.api.request(method, "/pipes"), 405)


# --- forms of pages -------------------------------------------------------------------------------

FORMS: tuple[tuple[str, Mapping[str, str], int], ...] = (
    ("fields", {}, 303),
    ("fields", {"where": "\x00"}, 303),
    ("fields", {"where": "x" * 100_000}, 422),
    ("fields", {"price": "1e999"}, 422),
    ("fields", {"price": "9" * 5_000}, 422),
    ("fields", {"price": "NaN"}, 422),
    ("fields", {"where": "a", "seen-version": "99"}, 303),
    ("fields", {"where": "b", "seen-version": "\u0661"}, 303),
    ("fields", {"where": "c", "seen-version": "\u00b2"}, 303),
    ("fields", {"where": "x" * LARGEST}, 413),
    ("assignees", {"assignees": "\x00"}, 422),
    ("assignees", {"assignees": "x" * 1_000}, 422),
    ("details", {"due": "tomorrow"}, 422),
    ("details", {"due": "2026-02-30"}, 422),
    ("details", {"due": "0001-01-01"}, 422),
    ("details", {"due": "9999-12-31"}, 422),
    ("details", {"labels": "x" * 5_000}, 422),
    ("details", {"labels": ",".join(map(str, range(1_000)))}, 422),
    ("comments", {}, 422),
    ("comments", {"text": "\x00"}, 422),
    ("comments", {"text": "x" * 1_000_000}, 422),
    ("comments", {"text": "x", "command-key": "x" * 101}, 400),
    ("hold", {"reason": "\x00"}, 422),
    ("hold", {"reason": "x" * 100_000}, 422),
    ("resume", {}, 422),
    ("reopen", {"reason": "x", "to": "\x00"}, 422),
    ("moves", {}, 422),
    ("moves", {"move-way": "x" * 10_000}, 422),
    ("moves", {"move-to": "\x00"}, 422),
    ("moves", {"move-way": "set-out", "price": "much"}, 422),
    ("moves", {"move-way": "drop", "move-comment": "x" * 100_000}, 422),
)


@pytest.mark.parametrize("number", range(len(FORMS)))
async def test_a_rubbish_form_is_answered_by_a_page(owner: Person, card: str, number: int) -> None:
    name, typed, status = FORMS[number]
    answer = await owner.submits(f"/cards/{card}/{name}", **typed)
    assert answer.status_code == status, answer.text[:2_000]
    if status != 303:
        assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("kind", "content", "status"),
    [
        ("application/json", b"{}", 422),
        ("text/plain", b"reason=x", 422),
        (FORM, b"\xff\xfe", 422),
        (FORM + "; charset=utf-16", b"reason=%00", 422),
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=x", b"x", 400),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n", 400),
        (FORM, b"&".join(b"f%d=1" % number for number in range(2_000)), 400),
    ],
)
async def test_a_form_of_another_kind_is_answered_by_a_page(
    owner: Person, card: str, kind: str, content: bytes, status: int
) -> None:
    answer = await owner.pages.post(
        f"/cards/{card}/hold",
        content=content,
        headers={"Content-Type": kind, "X-CSRF-Token": owner.csrf_token},
    )
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("field", ["csrf_token", "reason"])
async def test_a_file_where_a_text_belongs_is_no_text(owner: Person, card: str, field: str) -> None:
    parts: dict[str, tuple[str | None, str]] = {
        "csrf_token": (None, owner.csrf_token),
        "reason": (None, "Waits."),
    }
    parts[field] = ("a.txt", parts[field][1])
    answer = await owner.pages.post(f"/cards/{card}/hold", files=parts)
    assert answer.status_code == (403 if field == "csrf_token" else 422)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nothing", 404),
        ("/cards/%00", 404),
        ("/cards/%ff", 404),
        ("/pipes/%00", 404),
        ("/pipes/%ff/new", 404),
        ("/cards/{}?before=0", 422),
        ("/cards/{}?before=99999999999999999999", 422),
        ("/cards/{}/moves/%00", 404),
        ("/cards/{}/moves/come-back", 404),
        ("/pipes/errands?q=%00&late=perhaps&field.x=%ff", 200),
        ("/static/%00", 404),
        ("/static/..%2fapp.py", 404),
        ("/static/", 404),
    ],
)
async def test_a_rubbish_page_is_a_page(
    owner: Person, card: str, address: str, status: int
) -> None:
    answer = await owner.pages.get(address.format(card))
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "cookie",
    [b"zone=../../etc/passwd", b"zone=localtime", b"zone=America", b"zone=%00", b"zone=\xff",
     b"zone=" + b"x" * 2_000, b"flash=x", b"flash=%7B%7D", b"flash=W10", b"flash=bnVsbA",
     b"flash=\xff", b"theme=\xff", b"=;=;;"],
)  # fmt: skip
async def test_a_rubbish_cookie_is_overlooked(owner: Person, card: str, cookie: bytes) -> None:
    session = f"phaseline_session={owner.pages.cookies['phaseline_session']}; ".encode()
    answer = await owner.pages.get(f"/cards/{card}", headers=[(b"Cookie", session + cookie)])
    assert answer.status_code == 200


@pytest.mark.parametrize("cookie", [b"", b"\xff", b"x", b"x" * 5_000, b"x; phaseline_session=y"])
async def test_a_rubbish_session_is_nobody(house: Installation, cookie: bytes) -> None:
    async with browser(house) as pages:
        answer = await pages.get("/pipes", headers=[(b"Cookie", b"phaseline_session=" + cookie)])
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fpipes"
