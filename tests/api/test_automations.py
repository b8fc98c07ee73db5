"""Automations and connections by the API: in words, run, rehearsed, run again; linked both ways."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.api.people import Person
from tests.api.test_cards import codes
from tests.engine.automating import a_goal, a_task

type Everyone = Mapping[str, Person]

PLANS = [
    {
        "id": "split",
        "on": "button",
        "label": "Split it up",
        "by": ["creator"],
        "do": [
            {"label": "split"},
            {
                "create_card": {
                    "pipe": "tasks",
                    "fields": {"what": {"var": "fields.name"}},
                    "connect": "tasks",
                }
            },
        ],
    },
    {
        "id": "count",
        "on": "field.changed",
        "fields": ["count"],
        "if": {">": [{"var": "fields.count"}, 3]},
        "do": [{"move": "reach"}],
    },
]


@pytest.fixture(scope="session")
async def goals(owner: Person) -> None:
    for document in (a_task(), a_goal(automations=PLANS)):
        published = await owner.api.post("/pipes", json=document)
        assert published.status_code == 201, published.text


async def a_card(person: Person, pipe: str, **fields: Any) -> str:
    answer = await person.api.post(f"/pipes/{pipe}/cards", json={"fields": fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


async def until_ran(person: Person, card: str, state: str, *, tries: int = 0) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            answer = await person.api.get(f"/cards/{card}/automations")
            assert answer.status_code == 200, answer.text
            for run in answer.json()["items"]:
                if run["state"] == state and run["tries"] >= tries:
                    return dict(run)
            await asyncio.sleep(0.05)


async def test_a_button_sets_an_automation_off(everyone: Everyone, goals: None) -> None:
    bo, cy = everyone["bo"], everyone["cy"]
    goal = await a_card(bo, "goals", name="Trains")

    refused = await cy.api.post(f"/cards/{goal}/buttons/split")
    assert (refused.status_code, codes(refused)) == (403, ["not_allowed"])
    unknown = await bo.api.post(f"/cards/{goal}/buttons/gone")
    assert (unknown.status_code, codes(unknown)) == (422, ["unknown_automation"])
    pressed = await bo.api.post(f"/cards/{goal}/buttons/split")
    assert pressed.status_code == 200, pressed.text

    run = await until_ran(bo, goal, "done")
    assert run["event"] == "button.pressed"
    assert run["did"][0] == "adds the label “split”"
    assert [cause["automation"] for cause in run["chain"]] == ["split"]
    shown = (await bo.api.get(f"/cards/{goal}")).json()
    (task,) = shown["fields"]["tasks"]
    mine = (await bo.api.get(f"/cards/{goal}/connections")).json()["items"]
    assert [(each["label"], each["own"]) for each in mine] == [("Tasks", True)]
    assert [(card["key"], card["phase"]) for card in mine[0]["cards"]] == [(task, "To do")]
    theirs = (await bo.api.get(f"/cards/{task}/connections")).json()["items"]
    assert [(each["label"], each["own"]) for each in theirs] == [("Part of", False)]
    assert [card["key"] for card in theirs[0]["cards"]] == [goal]
    events = (await bo.api.get(f"/cards/{task}/events")).json()["items"]
    assert events[0]["actor"] == {"kind": "automation", "id": "split"}
    assert events[0]["chain"][0]["card"] == goal


async def test_a_dry_run_tells_who_is_written_to_and_what(everyone: Everyone) -> None:
    owner = everyone["owner"]
    mail = {
        "to": ["creator", "{{ fields.name | lower }}@example.com"],
        "subject": "About {{ card.title }}",
        "body": "Hello,\n\n{{ card.key }} is there.",
    }
    document = a_goal(
        id="letters",
        automations=[{"id": "write", "on": "card.created", "do": [{"email": mail}]}],
    )
    document["fields"]["tasks"] |= {"pipe": "letters"}
    document["card"] |= {"key": "LETTER"}
    published = await owner.api.post("/pipes", json=document)
    assert published.status_code == 201, published.text
    card = await a_card(owner, "letters", name="Trains")

    address = "/pipes/letters/automations"
    would = (await owner.api.post(f"{address}/write/dry-run", json={"card": card})).json()

    (step,) = would["steps"]
    assert step["does"] == "sends “About Trains” to the card's creator, trains@example.com"
    assert step["text"] == f"Hello,\n\n{card} is there."
    (listed,) = (await owner.api.get(address)).json()["items"]
    assert listed["does"] == [
        "sends an e-mail to the card's creator, {{ fields.name | lower }}@example.com"
    ]


async def test_cards_are_linked_and_unlinked(everyone: Everyone, goals: None) -> None:
    bo = everyone["bo"]
    goal, task = await a_card(bo, "goals", name="Bus"), await a_card(bo, "tasks", what="Stop")
    link = {"connection": "tasks", "cards": [task]}

    linked = await bo.api.post(f"/cards/{goal}/connections", json=link)
    assert linked.json()["fields"]["tasks"] == [task]
    for card, code in ((goal, "unknown_card"), ("TASK-9999", "not_found")):
        wrong = await bo.api.post(f"/cards/{goal}/connections", json=link | {"cards": [card]})
        assert code in (wrong.json()["code"], *[each["code"] for each in wrong.json()["reasons"]])
    hidden = await everyone["gus"].api.get(f"/cards/{goal}/connections")
    assert hidden.status_code == 404

    unlinked = await bo.api.delete(f"/cards/{goal}/connections/tasks/{task}")
    assert unlinked.json()["fields"].get("tasks", []) == []


async def test_what_fails_is_rehearsed_listed_to_admins_and_run_again(
    everyone: Everyone, goals: None
) -> None:
    owner, bo = everyone["owner"], everyone["bo"]
    task = await a_card(bo, "tasks", what="Stop")
    goal = await a_card(bo, "goals", name="Tram", tasks=[task])
    address = "/pipes/goals/automations"

    listed = (await bo.api.get(address)).json()["items"]
    assert listed[0]["does"] == ["adds the label “split”", "creates a card in “Tasks”"]
    assert listed[1] == {
        "id": "count",
        "name": "Count",
        "when": "Count changes",
        "condition": "Count is more than 3",
        "does": ["takes “Reach”"],
    }
    idle = await owner.api.post(f"{address}/count/dry-run", json={"card": goal})
    assert idle.json() == {"holds": False, "condition": "Count is more than 3", "steps": []}
    await bo.api.patch(f"/cards/{goal}", json={"fields": {"count": 2}})
    await bo.api.patch(f"/cards/{goal}", json={"fields": {"count": 5}})
    would = (await owner.api.post(f"{address}/count/dry-run", json={"card": goal})).json()
    (step,) = would["steps"]
    assert (step["does"], step["events"]) == ("takes “Reach”", [])
    assert [reason["message"] for reason in step["reasons"]] == ["Every task has to be done."]
    for path in ("runs", "count/dry-run", "runs/again"):
        body = {"card": goal} if path != "runs/again" else {"run": "x"}
        method = "GET" if path == "runs" else "POST"
        given = None if method == "GET" else body
        denied = await bo.api.request(method, f"{address}/{path}", json=given)
        assert denied.status_code == 403, path

    running = await until_ran(bo, goal, "running", tries=2)
    assert running["reasons"] == ["Every task has to be done."]
    assert running["next_try_at"] > running["began_at"]
    for reader, shown in ((bo, f"/cards/{goal}"), (owner, f"/cards/{goal}"), (owner, address)):
        # On the card it stands before the fold with everything that ran.
        page = (await reader.pages.get(shown)).text.split("What ran lately")[0]
        for told in ("Trying again", "Every task has to be done.", "; tried again "):
            assert told in page
    again = await owner.api.post(f"{address}/runs/again", json={"run": running["id"]})
    assert (again.status_code, again.json()["code"]) == (409, "still_running")
    page = (await owner.api.get(f"{address}/runs", params={"limit": 1})).json()
    assert [each["id"] for each in page["items"]] == [running["id"]]
    only = {"automation": "count", "state": "done", "cursor": page["next_cursor"] or None}
    rest = await owner.api.get(f"{address}/runs", params={k: v for k, v in only.items() if v})
    assert rest.json()["items"] == []

    await bo.api.post(f"/cards/{task}/moves", json={"transition": "finish"})

    done = await until_ran(bo, goal, "done")
    assert done["id"] == running["id"]
    assert (done["tries"], done["next_try_at"], done["reasons"]) == (0, None, [])
    assert (await bo.api.get(f"/cards/{goal}")).json()["phase"] == "reached"
    again = await owner.api.post(f"{address}/runs/again", json={"run": done["id"]})
    assert again.status_code == 200, again.text
    missing = await owner.api.post(f"{address}/runs/again", json={"run": "gone"})
    assert missing.status_code == 404
