"""Migrations by the API: a dry run that tells, a job that does, and who may have which."""

import asyncio
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from tests.api.people import Person
from tests.api.test_cards import codes

type Everyone = Mapping[str, Person]

FIRST: dict[str, Any] = {
    "id": "requests",
    "name": "Requests",
    "card": {"noun": "request", "key": "REQ", "title": "what"},
    "fields": {
        "what": {"type": "short_text", "label": "What"},
        "size": {"type": "short_text", "label": "Size", "index": True},
        "salary": {
            "type": "short_text",
            "label": "Salary",
            "editable": "always",
            "confidential": ["role:admin"],
        },
    },
    "start": {"phase": "new", "form": ["what", "size", "salary"]},
    "phases": [
        {"id": "new", "name": "New", "form": ["what", "size"], "sla": {"target": "3d"}},
        {"id": "planned", "name": "Planned", "form": ["size"]},
        {"id": "done", "name": "Done", "final": "done"},
    ],
    "transitions": [
        {"id": "plan", "from": "new", "to": "planned", "label": "Plan"},
        {"id": "finish", "from": "planned", "to": "done", "label": "Finish"},
    ],
}
PLAN = {"phases": {"new": "asked"}, "fields": {"size": "effort", "salary": None}}


def second() -> dict[str, Any]:
    """Requests are asked instead of new, have an effort for a size, and no salary."""
    document = deepcopy(FIRST)
    document["fields"]["effort"] = document["fields"].pop("size") | {"label": "Effort"}
    del document["fields"]["salary"]
    document["start"] = {"phase": "asked", "form": ["what", "effort"]}
    document["phases"][0] |= {"id": "asked", "name": "Asked", "form": ["what", "effort"]}
    document["phases"][1]["form"] = ["effort"]
    document["transitions"][0]["from"] = "asked"
    return document


async def a_pipe(owner: Person, name: str) -> str:
    """A pipe of its own with two cards on its first version, which is not the current one."""
    key = "".join(letter for letter in name.upper() if letter.isalpha())
    for document in (FIRST, second()):
        named = deepcopy(document) | {"id": name, "name": name.capitalize()}
        named["card"] = {**named["card"], "key": key}
        if document is not FIRST:
            for what in ("Trains", "Boats"):
                fields = {"what": what, "size": "S", "salary": "9000"}
                made = await owner.api.post(f"/pipes/{name}/cards", json={"fields": fields})
                assert made.status_code == 201, made.text
        published = await owner.api.post("/pipes", json=named)
        assert published.status_code == 201, published.text
    return name


async def until_over(person: Person, pipe: str, migration: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            answer = await person.api.get(f"/pipes/{pipe}/migrations/{migration}")
            assert answer.status_code == 200, answer.text
            if answer.json()["state"] in ("done", "stopped"):
                return dict(answer.json())
            await asyncio.sleep(0.05)


async def test_a_dry_run_tells_of_every_card_and_changes_nothing(owner: Person) -> None:
    pipe = await a_pipe(owner, "dry")
    address = f"/pipes/{pipe}/migrations"

    refused = (await owner.api.post(address, json={"to_version": 2})).json()
    told = await owner.api.post(address, json={"to_version": 2, **PLAN})

    assert {each["outcome"] for each in refused["items"]} == {"refused"}
    assert [each["code"] for each in refused["items"][0]["reasons"]] == ["no_counterpart"]
    assert told.status_code == 200, told.text
    report = told.json()
    assert report["progress"]["migrates"] == 2
    assert [each["key"] for each in report["items"]] == ["DRY-1", "DRY-2"]
    changes = {each["code"]: each for each in report["items"][0]["changes"]}
    assert changes["phase_changed"]["message"] == "Stands in Asked instead of New."
    assert changes["field_renamed"]["message"] == "“Size” becomes “Effort”."
    assert changes["value_dropped"]["message"].startswith("“Salary” is dropped")
    assert changes["clock_kept"]["at"].endswith("Z")
    shown = (await owner.api.get("/cards/DRY-1")).json()
    assert (shown["pipe_version"], shown["phase"]) == (1, "new")
    assert (await owner.api.get(address)).json()["items"] == []


async def test_cards_go_over_and_the_report_says_so(owner: Person) -> None:
    pipe = await a_pipe(owner, "real")
    address = f"/pipes/{pipe}/migrations"
    body = {"to_version": 2, **PLAN, "dry_run": False, "filter": {"phase": "new"}}

    begun = await owner.api.post(address, json=body, headers={"Idempotency-Key": "m1"})
    again = await owner.api.post(address, json=body, headers={"Idempotency-Key": "m1"})
    other = {**body, "clocks": {"*": "dropped"}}
    reused = await owner.api.post(address, json=other, headers={"Idempotency-Key": "m1"})

    assert begun.status_code == 202, begun.text
    assert again.json()["id"] == begun.json()["id"]
    assert (reused.status_code, reused.json()["code"]) == (409, "key_reused")
    done = await until_over(owner, pipe, begun.json()["id"])
    assert (done["state"], done["progress"]["migrated"]) == ("done", 2)
    assert {each["outcome"] for each in done["items"]} == {"migrated"}
    card = (await owner.api.get("/cards/REAL-1")).json()
    assert (card["pipe_version"], card["phase"]) == (2, "asked")
    assert card["fields"] == {"what": "Trains", "effort": "S"}
    listed = (await owner.api.get(address)).json()["items"]
    assert [(each["id"], each["dry_run"]) for each in listed] == [(done["id"], False)]
    first = f"{address}/{done['id']}"
    page = (await owner.api.get(first, params={"limit": 1})).json()
    rest = await owner.api.get(first, params={"cursor": page["next_cursor"]})
    assert [each["key"] for each in rest.json()["items"]] == ["REAL-2"]
    none = await owner.api.get(first, params={"outcome": "refused"})
    assert none.json()["items"] == []
    over = await owner.api.post(f"{first}/stop")
    assert (over.status_code, over.json()["code"]) == (409, "over_already")
    found = await owner.api.get(f"/pipes/{pipe}/cards", params={"field.effort": "s"})
    assert len(found.json()["items"]) == 2


async def test_what_was_confidential_stays_so_in_the_history(everyone: Everyone) -> None:
    """The version has no such field any more; whoever might not see it then does not now."""
    owner, bo = everyone["owner"], everyone["bo"]
    pipe = await a_pipe(owner, "discreet")
    given = await owner.api.put(f"/pipes/{pipe}/roles/member/bo")
    assert given.status_code in (200, 204), given.text
    for plan in (PLAN, {"phases": {"new": "asked"}, "fields": {"size": "effort"}}):
        card = "DISCREET-1" if plan is PLAN else "DISCREET-2"
        body = {"to_version": 2, **plan, "dry_run": False, "cards": [card]}
        begun = await owner.api.post(f"/pipes/{pipe}/migrations", json=body)
        await until_over(owner, pipe, begun.json()["id"])
        for address in (f"/cards/{card}/events", f"/cards/{card}"):
            answer = await bo.api.get(address)
            assert answer.status_code == 200
            assert "9000" not in answer.text, address
        mine = await owner.api.get(f"/cards/{card}/events")
        assert "9000" in mine.text
        page = await owner.pages.get(f"/cards/{card}")
        assert "onto version 2" in page.text
        assert "9000" in page.text
        theirs = await bo.pages.get(f"/cards/{card}")
        assert theirs.status_code == 200
        assert "9000" not in theirs.text


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"to_version": 9}, "unknown_version"),
        ({"phases": {"new": "nowhere"}}, "bad_plan"),
        ({"phases": {"nowhere": "asked"}}, "bad_plan"),
        ({"fields": {"sise": "effort"}}, "bad_plan"),
        ({"clocks": {"fase:new": "kept"}}, "bad_plan"),
        ({"requests": {"plann": "void"}}, "bad_plan"),
        ({"cards": ["REQ-999"]}, "unknown_card"),
    ],
)
async def test_a_plan_with_a_mistake_in_it_is_refused_as_a_whole(
    owner: Person, wrong: dict[str, Any], expected: str
) -> None:
    known = await owner.api.get("/pipes/mistaken")
    pipe = "mistaken" if known.status_code == 200 else await a_pipe(owner, "mistaken")
    for dry_run in (True, False):
        body = {"to_version": 2, **wrong, "dry_run": dry_run}
        answer = await owner.api.post(f"/pipes/{pipe}/migrations", json=body)
        assert (answer.status_code, expected in codes(answer)) == (422, True), answer.text


async def test_only_admins_of_the_pipe_may(everyone: Everyone) -> None:
    owner = everyone["owner"]
    pipe = await a_pipe(owner, "guarded")
    address = f"/pipes/{pipe}/migrations"
    begun = await owner.api.post(address, json={"to_version": 2, "dry_run": False})
    one = f"{address}/{begun.json()['id']}"
    for user in ("bo", "val", "gus"):
        api = everyone[user].api
        for answer in (
            await api.post(address, json={"to_version": 2}),
            await api.get(address),
            await api.get(one),
            await api.post(f"{one}/stop"),
        ):
            assert answer.status_code in (403, 404), (user, answer.text)
    given = await owner.api.put(f"/pipes/{pipe}/roles/admin/cy")
    assert given.status_code in (200, 204), given.text
    mine = await everyone["cy"].api.post(address, json={"to_version": 2})
    assert mine.status_code == 200, mine.text
    missing = await owner.api.get(f"/pipes/errands/migrations/{begun.json()['id']}")
    assert missing.status_code == 404
