"""Files by the API and by pages: who may, what is taken, and how they are sent."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.api.people import Person, browser
from tests.pipes.test_files import HTML, PDF, PNG
from tests.servers.installation import Installation

type Everyone = Mapping[str, Person]

NAME: dict[str, Any] = {"type": "short_text", "label": "What"}
DOSSIERS: dict[str, Any] = {
    "id": "dossiers",
    "name": "Dossiers",
    "card": {"noun": "dossier", "key": "DOS", "title": "what"},
    "fields": {
        "what": NAME,
        "photos": {
            "type": "attachment",
            "label": "Photos",
            "max_files": 2,
            "max_bytes": 1000,
            "accept": ["image/*"],
        },
        "papers": {
            "type": "attachment",
            "label": "Papers",
            "confidential": ["role:admin", "creator"],
        },
    },
    "start": {
        "phase": "open",
        "form": [{"field": "what", "required": True}, "photos"],
        "by": ["anyone"],
        "public": True,
    },
    "phases": [
        {"id": "open", "name": "Open", "form": ["what", "photos", "papers"]},
        {"id": "shut", "name": "Shut", "final": "done"},
    ],
    "transitions": [{"id": "shut", "from": "open", "to": "shut", "label": "Shut"}],
}


@pytest.fixture(scope="module", autouse=True)
async def pipe(owner: Person) -> None:
    published = await owner.api.post("/pipes", json=DOSSIERS)
    assert published.status_code == 201, published.text


async def a_dossier(person: Person, **fields: Any) -> str:
    made = await person.api.post(
        "/pipes/dossiers/cards", json={"fields": {"what": "The plan", **fields}}
    )
    assert made.status_code == 201, made.text
    key: str = made.json()["key"]
    return key


async def attach(
    person: Person, key: str, *files: tuple[str, bytes], **query: str
) -> httpx.Response:
    parts = [("file", (name, content)) for name, content in files]
    return await person.api.post(f"/cards/{key}/attachments", files=parts, params=query)


async def items(person: Person, key: str) -> list[dict[str, Any]]:
    answer = await person.api.get(f"/cards/{key}/attachments")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def ways_to(person: Person, key: str, file: str) -> tuple[tuple[httpx.AsyncClient, str], ...]:
    """A file's address, by the API and on pages."""
    address = f"/cards/{key}/attachments/{file}"
    return ((person.api, address), (person.pages, address))


# --- attached and sent ----------------------------------------------------------------------------


async def test_what_is_attached_is_listed_sent_and_in_the_history(everyone: Everyone) -> None:
    bo, cy = everyone["bo"], everyone["cy"]
    key = await a_dossier(bo)
    done = await attach(bo, key, ("Plan für morgen.pdf", PDF), ("notes.txt", b"Notes"))
    assert done.status_code == 200, done.text

    listed = await items(cy, key)
    assert [(each["name"], each["by"], each["field"]) for each in listed] == [
        ("Plan für morgen.pdf", "bo", None),
        ("notes.txt", "bo", None),
    ]
    for client, address in ways_to(cy, key, listed[0]["id"]):
        sent = await client.get(address)
        assert (sent.status_code, sent.content) == (200, PDF)
        assert sent.headers["content-type"] == "application/pdf"
        assert sent.headers["content-length"] == str(len(PDF))
    history = (await cy.api.get(f"/cards/{key}/events")).json()["items"]
    assert [event["type"] for event in history][-1] == "files.attached"
    page = (await cy.pages.get(f"/cards/{key}")).text
    assert "attached “Plan für morgen.pdf”, “notes.txt”" in page


@pytest.mark.parametrize(
    ("name", "content", "kind", "shown"),
    [
        ("a.png", PNG, "image/png", "inline"),
        ("a.pdf", PDF, "application/pdf", "attachment"),
        ("a.html", HTML, "application/octet-stream", "attachment"),
        ("a.svg", b"<svg onload='alert(1)'/>", "application/octet-stream", "attachment"),
        ("a.xml", b"<x/>", "application/octet-stream", "attachment"),
        ("a.txt", HTML, "text/plain", "attachment"),
    ],
)
async def test_nothing_that_is_sent_can_run(
    everyone: Everyone, name: str, content: bytes, kind: str, shown: str
) -> None:
    bo = everyone["bo"]
    key = await a_dossier(bo)
    assert (await attach(bo, key, (name, content))).status_code == 200
    (file,) = await items(bo, key)
    for client, address in ways_to(bo, key, file["id"]):
        headers = (await client.get(address)).headers
        assert headers["content-type"].partition(";")[0] == kind
        assert headers["content-disposition"].startswith(f'{shown}; filename="{name}"')
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert headers["cache-control"] == "private, no-store"


async def test_a_name_cannot_write_headers(everyone: Everyone) -> None:
    bo = everyone["bo"]
    key = await a_dossier(bo)
    assert (await attach(bo, key, ('x"; a=“b”;\\c.txt', b"x"))).status_code == 200
    (file,) = await items(bo, key)
    sent = await bo.api.get(f"/cards/{key}/attachments/{file['id']}")
    said = sent.headers["content-disposition"]
    assert said.count('"') == 2
    assert said.isascii()


async def test_a_file_is_taken_away_by_who_may(everyone: Everyone) -> None:
    bo, gus, cy = everyone["bo"], everyone["gus"], everyone["cy"]
    key = await a_dossier(gus)
    await attach(bo, key, ("bo.txt", b"bo"))
    await attach(gus, key, ("gus.txt", b"gus"))
    first, second = await items(bo, key)
    assert (await gus.api.delete(f"/cards/{key}/attachments/{first['id']}")).status_code == 403
    assert (await gus.api.delete(f"/cards/{key}/attachments/{second['id']}")).status_code == 200
    assert (await cy.api.delete(f"/cards/{key}/attachments/{first['id']}")).status_code == 200
    assert await items(bo, key) == []
    for client, address in ways_to(bo, key, first["id"]):
        assert (await client.get(address)).status_code == 404


# --- rights, for each download --------------------------------------------------------------------


async def test_only_who_may_see_the_card_gets_its_files(
    house: Installation, everyone: Everyone
) -> None:
    bo = everyone["bo"]
    key = await a_dossier(bo)
    await attach(bo, key, ("a.txt", b"a"))
    (file,) = await items(bo, key)
    other = await a_dossier(bo)
    for client, address in ways_to(everyone["gus"], key, file["id"]):
        assert (await client.get(address)).status_code == 404
    for client, address in ways_to(bo, other, file["id"]):
        assert (await client.get(address)).status_code == 404
    async with browser(house) as stranger:
        assert (await stranger.get(f"/cards/{key}/attachments/{file['id']}")).status_code == 303
    assert (await attach(everyone["gus"], key, ("b.txt", b"b"))).status_code == 404
    assert len(file["id"]) >= 26


async def test_files_of_a_confidential_field_are_not_there_for_others(everyone: Everyone) -> None:
    bo, cy, ada = everyone["bo"], everyone["cy"], everyone["ada"]
    key = await a_dossier(bo)
    done = await attach(bo, key, ("salary.pdf", PDF), field="papers")
    assert done.status_code == 200, done.text
    (file,) = await items(bo, key)
    assert file["field"] == "papers"
    assert [each["id"] for each in await items(ada, key)] == [file["id"]]
    assert await items(cy, key) == []
    for client, address in ways_to(cy, key, file["id"]):
        assert (await client.get(address)).status_code == 404
    for client, address in ways_to(ada, key, file["id"]):
        assert (await client.get(address)).content == PDF
    assert (await attach(cy, key, ("x.pdf", PDF), field="papers")).status_code == 404
    page = await cy.pages.get(f"/cards/{key}")
    events = await cy.api.get(f"/cards/{key}/events")
    card = await cy.api.get(f"/cards/{key}")
    assert all("salary.pdf" not in answer.text for answer in (page, events, card))


async def test_nobody_names_what_somebody_else_has_uploaded(everyone: Everyone) -> None:
    bo, cy = everyone["bo"], everyone["cy"]
    uploaded = await bo.api.post(
        "/pipes/dossiers/attachments", files={"file": ("a.png", PNG, "image/png")}
    )
    assert uploaded.status_code == 201, uploaded.text
    (file,) = uploaded.json()["items"]
    stolen = await cy.api.post(
        "/pipes/dossiers/cards", json={"fields": {"what": "Mine", "photos": [file]}}
    )
    assert stolen.status_code == 422
    assert [each["code"] for each in stolen.json()["reasons"]] == ["unknown_file"]
    dressed_up = await bo.api.post(
        "/pipes/dossiers/cards",
        json={"fields": {"what": "Mine", "photos": [{**file, "bytes": 1}]}},
    )
    assert dressed_up.status_code == 422
    key = await a_dossier(bo, photos=[file])
    assert [(each["name"], each["field"]) for each in await items(cy, key)] == [("a.png", "photos")]


# --- what is not taken ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "query", "status", "code"),
    [
        ((("a.png", HTML),), {}, 422, "file_refused"),
        ((("a.exe", b"MZ"),), {}, 422, "file_refused"),
        ((("a.txt", b""),), {}, 422, "file_refused"),
        ((), {}, 415, "not_a_form"),
        ((("a.txt", b"x"),), {"field": "what"}, 404, "not_found"),
        ((("a.txt", b"x"),), {"field": "nothing"}, 404, "not_found"),
        ((("a.txt", b"x"),), {"field": "photos"}, 422, "invalid_value"),
        ((("a.png", PNG + b"\0" * 1000),), {"field": "photos"}, 422, "invalid_value"),
        (tuple((f"{n}.png", PNG) for n in range(3)), {"field": "photos"}, 422, "invalid_value"),
    ],
)
async def test_what_does_not_fit_is_refused_and_changes_nothing(
    everyone: Everyone,
    files: tuple[tuple[str, bytes], ...],
    query: Mapping[str, str],
    status: int,
    code: str,
) -> None:
    bo = everyone["bo"]
    key = await a_dossier(bo)
    answer = await attach(bo, key, *files, **query)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await items(bo, key) == []


async def test_a_request_with_files_has_its_limit_and_others_keep_theirs(
    everyone: Everyone,
) -> None:
    bo = everyone["bo"]
    key = await a_dossier(bo)
    big = b"x" * 2_000_000
    assert (await attach(bo, key, ("big.txt", big))).status_code == 200
    many = await attach(bo, key, *((f"{n}.txt", b"x" * 9_000_000) for n in range(6)))
    assert many.status_code == 413
    comment = await bo.api.post(f"/cards/{key}/comments", json={"text": "x" * 2_000_000})
    assert comment.status_code == 413
    form = await bo.pages.post(
        f"/cards/{key}/comments",
        files={"text": (None, "x" * 2_000_000)},
        headers={"X-CSRF-Token": bo.csrf_token},
    )
    assert form.status_code == 413


async def test_too_many_requests_with_files_have_to_wait(everyone: Everyone) -> None:
    val = everyone["val"]  # Of whom no other test here knows.
    key = await a_dossier(val)
    answers: list[httpx.Response] = []
    for _ in range(21):
        answers += await asyncio.gather(*(attach(val, key, ("a.exe", b"MZ")) for _ in range(10)))
    waiting = [answer for answer in answers if answer.status_code == 429]
    assert len(waiting) == 10
    assert waiting[0].json()["code"] == "too_many_uploads"
    assert 0 < int(waiting[0].headers["retry-after"]) <= 600


async def test_the_same_request_again_attaches_once(everyone: Everyone) -> None:
    bo = everyone["bo"]
    key = await a_dossier(bo)
    answers = [
        await bo.api.post(
            f"/cards/{key}/attachments",
            files={"file": ("a.txt", b"a")},
            headers={"Idempotency-Key": "attach-once"},
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["version"] == answers[1].json()["version"]
    assert len(await items(bo, key)) == 1


# --- forms ----------------------------------------------------------------------------------------


async def test_a_start_form_keeps_its_files_when_something_else_is_wrong(
    everyone: Everyone,
) -> None:
    bo = everyone["bo"]
    form = {"csrf_token": bo.csrf_token, "photos": ""}
    refused = await bo.pages.post(
        "/pipes/dossiers/new", data=form, files={"photos.new": ("a.png", PNG, "image/png")}
    )
    assert refused.status_code == 422
    kept = refused.text.partition('name="photos" value="')[2].partition('value="')
    number = kept[2].partition('"')[0] if kept[0].startswith('"') else kept[0].partition('"')[0]
    assert len(number) >= 26
    created = await bo.pages.post(
        "/pipes/dossiers/new",
        data={"csrf_token": bo.csrf_token, "what": "With a photo", "photos": ["", number]},
    )
    assert created.status_code == 303, created.text
    key = created.headers["location"].rpartition("/")[2]
    assert [each["name"] for each in await items(bo, key)] == ["a.png"]


async def test_a_phase_form_adds_files_and_takes_them_away(everyone: Everyone) -> None:
    bo = everyone["bo"]
    key = await a_dossier(bo)
    added = await bo.pages.post(
        f"/cards/{key}/fields",
        data={"csrf_token": bo.csrf_token, "photos": ""},
        files=[("photos.new", ("a.png", PNG)), ("photos.new", ("b.png", PNG + b"b"))],
    )
    assert added.status_code == 303, added.text
    first, second = await items(bo, key)
    less = await bo.pages.post(
        f"/cards/{key}/fields",
        data={"csrf_token": bo.csrf_token, "photos": ["", second["id"]]},
    )
    assert less.status_code == 303
    assert [each["id"] for each in await items(bo, key)] == [second["id"]]
    wrong = await bo.pages.post(
        f"/cards/{key}/fields",
        data={"csrf_token": bo.csrf_token, "photos": ["", second["id"]]},
        files={"photos.new": ("c.png", HTML)},
    )
    assert wrong.status_code == 422
    assert "Was it renamed?" in wrong.text
    for client, address in ways_to(bo, key, first["id"]):
        assert (await client.get(address)).status_code == 404


async def test_a_public_form_takes_small_files_and_not_many(house: Installation) -> None:
    async with browser(house) as stranger:
        page = await stranger.get("/forms/dossiers")
        assert 'enctype="multipart/form-data"' in page.text
        sent = await stranger.post(
            "/forms/dossiers",
            data={"what": "From outside", "photos": ""},
            files={"photos.new": ("a.png", PNG)},
        )
        assert sent.status_code == 303, sent.text
        follow = await stranger.get(sent.headers["location"])
        assert "a.png" in follow.text
        large = await stranger.post(
            "/forms/dossiers",
            data={"what": "Large", "photos": ""},
            files={"photos.new": ("a.png", PNG + b"x" * 12_000_000)},
        )
        assert large.status_code == 413


async def test_a_stranger_cannot_fill_the_disk_through_other_addresses(
    house: Installation,
) -> None:
    async with browser(house) as stranger:
        for address in ("/cards/DOS-1/attachments", "/pipes/dossiers/new", "/sign-in"):
            answer = await stranger.post(
                address, files={"files": ("a.txt", b"x" * 3_000_000)}, data={"user": "x"}
            )
            assert answer.status_code in (303, 401, 413), (address, answer.status_code)
