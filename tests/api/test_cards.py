"""A card by the API: begun, written, moved and ended; how each request may be repeated."""

import asyncio
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.api.people import Person

type Everyone = Mapping[str, Person]


async def create(person: Person, **fields: Any) -> dict[str, Any]:
    answer = await person.api.post(
        "/pipes/errands/cards", json={"fields": {"what": "Fetch bread", **fields}}
    )
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def send(
    person: Person, card: Mapping[str, Any], command: str, **body: Any
) -> httpx.Response:
    return await person.api.post(f"/cards/{card['key']}/{command}", json=body)


async def done(
    person: Person, card: Mapping[str, Any], command: str, **body: Any
) -> dict[str, Any]:
    answer = await send(person, card, command, **body)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    assert answer.headers["etag"] == f'"{shown["version"]}"'
    return shown


async def listed(person: Person, address: str, **query: Any) -> list[dict[str, Any]]:
    """The items of a list with these filters, from its first page to its last."""
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    while True:
        answer = await person.api.get(address, params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
        assert cursor not in seen
        seen.add(cursor)
        query["cursor"] = cursor


def codes(answer: httpx.Response) -> list[str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return [reason["code"] for reason in answer.json()["reasons"]]


# --- created and read -----------------------------------------------------------------------------


async def test_a_new_card_is_there_by_id_and_by_key(everyone: Everyone) -> None:
    bo = everyone["bo"]
    answer = await bo.api.post("/pipes/errands/cards", json={"fields": {"what": "Fetch milk"}})
    card = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/cards/{card['key']}"
    assert card["title"] == "Fetch milk"
    assert card["phase"] == "asked"
    assert card["creator"] == "bo"
    assert card["clocks"][0]["state"] == "running"
    for name in (card["id"], card["key"]):
        read = await bo.api.get(f"/cards/{name}")
        assert read.json() == card
        assert read.headers["etag"] == f'"{card["version"]}"' == answer.headers["etag"]


async def test_times_are_in_utc(everyone: Everyone) -> None:
    card = await create(everyone["bo"])
    for name in ("created_at", "updated_at", "phase_entered_at"):
        assert card[name].endswith("Z")
        age = datetime.now(UTC) - datetime.fromisoformat(card[name])
        assert 0 <= age.total_seconds() < 60


async def test_creating_tells_every_reason_at_once(everyone: Everyone) -> None:
    answer = await everyone["bo"].api.post(
        "/pipes/errands/cards", json={"fields": {"where": 7, "price": 3, "nothing": 1}}
    )
    assert answer.status_code == 422
    assert {(reason["code"], reason["field"]) for reason in answer.json()["reasons"]} == {
        ("invalid_value", "where"),
        ("field_closed", "price"),
        ("unknown_field", "nothing"),
        ("missing_field", "what"),
    }


async def test_creating_asks_for_what_is_missing(everyone: Everyone) -> None:
    answer = await everyone["bo"].api.post(
        "/pipes/errands/cards", json={"fields": {"what": "", "where": "Market"}}
    )
    assert codes(answer) == ["missing_field"]
    assert answer.json()["reasons"][0]["field"] == "what"


async def test_a_card_of_no_pipe_is_not_found(everyone: Everyone) -> None:
    answer = await everyone["bo"].api.post("/pipes/nowhere/cards", json={"fields": {}})
    assert answer.status_code == 404


# --- written --------------------------------------------------------------------------------------


async def test_fields_priority_labels_and_due_date_are_written_and_taken_away(
    everyone: Everyone,
) -> None:
    bo = everyone["bo"]
    card = await create(bo)
    address = f"/cards/{card['key']}"
    written = await bo.api.patch(
        address,
        json={
            "fields": {"where": "Market", "price": 4.5},
            "priority": "high",
            "labels": ["food", "today"],
            "due_at": "2026-12-24T18:00:00-03:00",
        },
    )
    assert written.status_code == 200
    shown = written.json()
    assert shown["fields"] == {"what": "Fetch bread", "where": "Market", "price": 4.5}
    assert (shown["priority"], shown["labels"]) == ("high", ["food", "today"])
    assert shown["due_at"] == "2026-12-24T21:00:00Z"
    assert (await bo.api.get(address)).json() == shown

    emptied = await bo.api.patch(
        address, json={"fields": {"where": None}, "labels": [], "due_at": None}
    )
    assert emptied.json()["fields"] == {"what": "Fetch bread", "price": 4.5}
    assert (emptied.json()["labels"], emptied.json()["due_at"]) == ([], None)
    assert emptied.json()["priority"] == "high"


async def test_writing_tells_every_reason_at_once_and_writes_nothing(everyone: Everyone) -> None:
    bo = everyone["bo"]
    card = await create(bo)
    answer = await bo.api.patch(
        f"/cards/{card['key']}",
        json={"fields": {"where": "x" * 81, "price": -1, "nothing": 1, "what": "New"}},
    )
    assert answer.status_code == 422
    assert sorted(codes(answer)) == ["invalid_value", "invalid_value", "unknown_field"]
    assert (await bo.api.get(f"/cards/{card['key']}")).json() == card


async def test_a_comment_is_in_the_history(everyone: Everyone) -> None:
    bo = everyone["bo"]
    card = await create(bo)
    commented = await done(bo, card, "comments", text="See @ann about it.")
    assert commented["version"] == card["version"] + 1
    events = await listed(bo, f"/cards/{card['key']}/events")
    assert events[-1]["type"] == "comment.added"
    assert events[-1]["body"]["text"] == "See @ann about it."
    assert events[-1]["actor"] == {"kind": "user", "id": "bo"}
    assert codes(await send(bo, card, "comments", text=" ")) == ["empty_text"]


# --- moved ----------------------------------------------------------------------------------------


async def test_a_move_tells_every_reason_at_once(everyone: Everyone) -> None:
    bo = everyone["bo"]
    card = await create(bo, where="Market")
    await done(bo, card, "hold", reason="It rains.")
    answer = await send(
        bo, card, "moves", transition="set-out", fields={"price": 200, "where": None}
    )
    assert answer.status_code == 422
    assert set(codes(answer)) == {"on_hold", "condition", "missing_field"}
    messages = [reason["message"] for reason in answer.json()["reasons"]]
    assert "Too dear: at most 100." in messages


async def test_values_sent_with_a_move_are_stored_with_it(everyone: Everyone) -> None:
    bo = everyone["bo"]
    card = await create(bo)
    moved = await done(bo, card, "moves", to="under-way", fields={"where": "Market", "price": 7})
    assert moved["phase"] == "under-way"
    assert moved["fields"] == {"what": "Fetch bread", "where": "Market", "price": 7}
    finished = await done(bo, card, "moves", transition="come-back")
    assert (finished["phase"], finished["status"]) == ("run", "done")
    assert finished["finished_at"]
    assert codes(await send(bo, card, "moves", transition="turn-round")) == ["card_finished"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"transition": "fly"}, "unknown_transition"),
        ({"transition": "come-back"}, "no_such_way"),
        ({"to": "run"}, "no_such_way"),
        ({"to": "moon"}, "unknown_phase"),
        ({"transition": "drop"}, "comment_required"),
        ({"transition": "drop", "comment": " "}, "comment_required"),
        ({}, None),
        ({"transition": "drop", "to": "dropped"}, None),
    ],
)
async def test_a_move_that_is_none_is_refused(
    everyone: Everyone, body: Mapping[str, str], code: str | None
) -> None:
    bo = everyone["bo"]
    card = await create(bo)
    answer = await send(bo, card, "moves", **body)
    assert answer.status_code == 422
    assert codes(answer) == ([code] if code else [])


async def test_transitions_say_what_stands_against_each(everyone: Everyone) -> None:
    bo = everyone["bo"]
    card = await create(bo, where="Market")
    answer = await bo.api.get(f"/cards/{card['key']}/transitions")
    ways = {way["id"]: way for way in answer.json()["transitions"]}
    assert set(ways) == {"set-out", "drop"}
    assert ways["set-out"]["allowed"] is False
    assert {reason["field"] for reason in ways["set-out"]["reasons"]} >= {"price"}
    assert answer.json()["situation"]


# --- people, hold and the end ---------------------------------------------------------------------


async def test_people_are_assigned_and_take_cards(everyone: Everyone) -> None:
    bo, cy = everyone["bo"], everyone["cy"]
    card = await create(bo)
    address = f"/cards/{card['key']}/assignees"
    assigned = await bo.api.put(address, json={"assignees": ["ann", "bo", "ann"]})
    assert assigned.json()["assignees"] == ["ann", "bo"]
    taken = await cy.api.post(f"/cards/{card['key']}/claim")
    assert taken.json()["assignees"] == ["ann", "bo", "cy"]
    assert codes(await cy.api.post(f"/cards/{card['key']}/claim")) == ["already_yours"]
    refused = await bo.api.put(address, json={"assignees": ["nobody", "cy", "noone"]})
    assert codes(refused) == ["unknown_person", "unknown_person"]
    emptied = await bo.api.put(address, json={"assignees": []})
    assert emptied.json()["assignees"] == []


async def test_the_inbox_holds_the_open_cards_that_are_mine(everyone: Everyone) -> None:
    bo = everyone["bo"]
    mine, ended, another = [await create(bo) for _ in range(3)]
    for card in (mine, ended):
        await bo.api.post(f"/cards/{card['key']}/claim")
    await done(bo, ended, "cancel", reason="Not needed.")
    inbox = (await bo.api.get("/inbox?limit=200")).json()
    waiting = {card["key"] for card in inbox["items"]}
    assert mine["key"] in waiting
    assert waiting.isdisjoint((ended["key"], another["key"]))
    assert inbox["approvals"] == inbox["handoffs"] == []


async def test_a_card_is_put_on_hold_and_taken_off(everyone: Everyone) -> None:
    bo = everyone["bo"]
    card = await create(bo)
    assert codes(await bo.api.post(f"/cards/{card['key']}/resume")) == ["not_on_hold"]
    held = await done(bo, card, "hold", reason="The shop is shut.")
    assert held["on_hold"] is True
    assert held["clocks"][0]["state"] == "paused"
    assert codes(await send(bo, card, "hold", reason="Again.")) == ["on_hold"]
    resumed = await bo.api.post(f"/cards/{card['key']}/resume")
    assert resumed.json()["on_hold"] is False
    assert resumed.json()["clocks"][0]["state"] == "running"


async def test_a_card_is_cancelled_and_reopened(everyone: Everyone) -> None:
    bo, ann = everyone["bo"], everyone["ann"]
    card = await create(bo)
    assert codes(await send(ann, card, "reopen", reason="Why not.")) == ["card_open"]
    ended = await done(bo, card, "cancel", reason="The shop is gone.")
    assert ended["status"] == "cancelled"
    assert codes(await send(bo, card, "cancel", reason="Again.")) == ["card_finished"]
    final = await send(ann, card, "reopen", reason="It is back.", to="run")
    assert codes(final) == ["final_phase"]
    again = await done(ann, card, "reopen", reason="It is back.", to="under-way")
    assert (again["status"], again["phase"]) == ("open", "under-way")
    assert again["finished_at"] is None


@pytest.mark.parametrize("command", ["hold", "cancel", "reopen"])
async def test_these_need_a_reason(everyone: Everyone, command: str) -> None:
    card = await create(everyone["ann"])
    assert "empty_text" in codes(await send(everyone["ann"], card, command, reason=""))


# --- the same again, and somebody quicker ---------------------------------------------------------


async def test_the_same_key_again_gives_the_same_card(everyone: Everyone) -> None:
    bo = everyone["bo"]
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"fields": {"what": "Once"}}
    first, second = [
        await bo.api.post("/pipes/errands/cards", json=body, headers=key) for _ in range(2)
    ]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()


async def test_the_same_key_again_gives_the_same_answer_and_changes_nothing(
    everyone: Everyone,
) -> None:
    bo = everyone["bo"]
    card = await create(bo)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    address = f"/cards/{card['key']}/comments"
    first = await bo.api.post(address, json={"text": "Once"}, headers=key)
    await bo.api.post(address, json={"text": "Another"})
    again = await bo.api.post(address, json={"text": "Once"}, headers=key)
    assert again.status_code == 200
    assert again.headers["etag"] == first.headers["etag"]
    assert again.json() == first.json()
    events = await listed(bo, f"/cards/{card['key']}/events")
    assert [event["type"] for event in events].count("comment.added") == 2


async def test_many_at_once_with_one_key_do_it_once(everyone: Everyone) -> None:
    bo = everyone["bo"]
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"fields": {"what": "Once"}}
    answers = await asyncio.gather(
        *(bo.api.post("/pipes/errands/cards", json=body, headers=key) for _ in range(6))
    )
    done = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 503}
    assert len({answer.json()["key"] for answer in done}) == 1


async def test_a_rejection_is_given_again_for_its_key_too(everyone: Everyone) -> None:
    bo = everyone["bo"]
    card = await create(bo)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    address = f"/cards/{card['key']}/moves"
    body = {"transition": "set-out"}
    first = await bo.api.post(address, json=body, headers=key)
    again = await bo.api.post(address, json=body, headers=key)
    assert (first.status_code, again.status_code) == (422, 422)
    assert first.json() == again.json()


async def test_a_key_belongs_to_one_request(everyone: Everyone) -> None:
    bo = everyone["bo"]
    card, other = await create(bo), await create(bo)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    address = f"/cards/{card['key']}/comments"
    assert (await bo.api.post(address, json={"text": "One"}, headers=key)).status_code == 200
    for again in (
        await bo.api.post(address, json={"text": "Another"}, headers=key),
        await bo.api.post(f"/cards/{other['key']}/comments", json={"text": "One"}, headers=key),
        await bo.api.post(f"/cards/{card['key']}/claim", headers=key),
        await bo.api.post("/pipes/errands/cards", json={"fields": {"what": "x"}}, headers=key),
    ):
        assert (again.status_code, again.json()["code"]) == (409, "key_reused")


async def test_two_people_may_use_the_same_key(everyone: Everyone) -> None:
    card = await create(everyone["bo"])
    key = {"Idempotency-Key": str(uuid.uuid4())}
    for name in ("bo", "cy"):
        answer = await everyone[name].api.post(
            f"/cards/{card['key']}/comments", json={"text": name}, headers=key
        )
        assert answer.status_code == 200


async def test_whoever_saw_an_older_version_is_shown_the_card_as_it_is(everyone: Everyone) -> None:
    bo, cy = everyone["bo"], everyone["cy"]
    card = await create(bo)
    address = f"/cards/{card['key']}"
    seen = {"If-Match": f'"{card["version"]}"'}
    quicker = await cy.api.patch(address, json={"fields": {"where": "North"}}, headers=seen)
    assert quicker.status_code == 200
    late = await bo.api.patch(address, json={"fields": {"where": "South"}}, headers=seen)
    assert late.status_code == 409
    assert codes(late) == ["version_conflict"]
    assert late.json()["card"] == (await bo.api.get(address)).json()
    assert late.json()["card"]["fields"]["where"] == "North"
    now = {"If-Match": quicker.headers["etag"]}
    again = await bo.api.patch(address, json={"fields": {"where": "South"}}, headers=now)
    assert again.status_code == 200


# --- lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "-updated_at", "title", "-key"])
async def test_pages_hold_everything_once_and_in_order(everyone: Everyone, sort: str) -> None:
    bo = everyone["bo"]
    mark = f"mark-{uuid.uuid4().hex}"
    made = [await create(bo, what=f"Errand {number % 3}") for number in range(7)]
    for card in made:
        await bo.api.patch(f"/cards/{card['key']}", json={"labels": [mark]})
    found = await listed(bo, "/pipes/errands/cards", label=mark, sort=sort, limit=2)
    assert len(found) == 7
    assert {card["key"] for card in found} == {card["key"] for card in made}
    by = sort.lstrip("-")
    values = [card[by] for card in found]
    assert values == sorted(values, reverse=sort.startswith("-"))


async def test_a_column_of_the_board_goes_on_behind_its_first_cards(everyone: Everyone) -> None:
    bo = everyone["bo"]
    mark = f"mark-{uuid.uuid4().hex}"
    made = {(await create(bo))["key"] for _ in range(5)}
    for key in made:
        await bo.api.patch(f"/cards/{key}", json={"labels": [mark]})
    seen: list[str] = []
    query = {"label": mark, "phase": "asked", "limit": "2"}
    while True:
        shown = await bo.api.get("/pipes/errands/board", params=query)
        (column,) = shown.json()["columns"]
        assert column["cards"] == 5
        seen += [card["key"] for card in column["items"]]
        if column["next_cursor"] is None:
            break
        query["cursor"] = column["next_cursor"]
    assert sorted(seen) == sorted(made)


async def test_a_history_is_read_page_by_page(everyone: Everyone) -> None:
    bo = everyone["bo"]
    card = await create(bo)
    for number in range(5):
        await done(bo, card, "comments", text=f"Comment {number}")
    events = await listed(bo, f"/cards/{card['key']}/events", limit=2)
    assert [event["sequence"] for event in events] == list(range(1, card["version"] + 6))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"phase": "asked"}, ["ended", "held", "here"]),
        ({"phase": "under-way"}, ["away"]),
        ({"status": "open"}, ["away", "held", "here"]),
        ({"status": "cancelled"}, ["ended"]),
        ({"assignee": "me"}, ["here"]),
        ({"assignee": "cy"}, ["away"]),
        ({"q": "quince"}, ["here"]),
        ({"field.where": "Harbour"}, ["away"]),
        ({"late": "true"}, []),
        ({"late": "false"}, ["away", "ended", "held", "here"]),
        ({"status": "open", "assignee": "cy", "phase": "asked"}, []),
    ],
)
async def test_filters_find_what_fits(
    everyone: Everyone, sorted_out: Mapping[str, str], query: Mapping[str, str], expected: list[str]
) -> None:
    mark = sorted_out["mark"]
    found = await listed(everyone["bo"], "/pipes/errands/cards", label=mark, **query)
    keys = {key: name for name, key in sorted_out.items()}
    assert sorted(keys[card["key"]] for card in found) == expected


@pytest.fixture(scope="module")
async def sorted_out(everyone: Everyone) -> Mapping[str, str]:
    """Four cards in different states, with one label in common."""
    bo = everyone["bo"]
    mark = f"mark-{uuid.uuid4().hex}"
    here, away, held, ended = [
        await create(bo, what=what) for what in ("Quince", "Fish", "Ice", "Snow")
    ]
    for card in (here, away, held, ended):
        await bo.api.patch(f"/cards/{card['key']}", json={"labels": [mark]})
    await bo.api.post(f"/cards/{here['key']}/claim")
    await bo.api.put(f"/cards/{away['key']}/assignees", json={"assignees": ["cy"]})
    await done(bo, away, "moves", to="under-way", fields={"where": "Harbour", "price": 3})
    await done(bo, held, "hold", reason="Later.")
    await done(bo, ended, "cancel", reason="No.")
    return {
        "mark": mark,
        "here": here["key"],
        "away": away["key"],
        "held": held["key"],
        "ended": ended["key"],
    }


@pytest.mark.parametrize("due", [1764000000, True, "tomorrow", "2026-12-24T12:00:00"])
async def test_a_due_date_is_an_instant_with_a_zone(everyone: Everyone, due: object) -> None:
    bo = everyone["bo"]
    card = await create(bo)

    answer = await bo.api.patch(f"/cards/{card['key']}", json={"due_at": due})

    assert answer.status_code == 422
    assert "due" in answer.text
