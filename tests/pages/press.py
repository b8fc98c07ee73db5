"""A pipe that works by itself: what pages of automations, messages and webhooks have to show."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from tests.engine.running import eventually_so
from tests.servers.receiver import Received, Receiver, Reply

PIPE = "press-kits"
PRESS: dict[str, Any] = {
    "id": PIPE,
    "name": "Press kits",
    "description": "What journalists ask for. Each kit names the requests that it needs.",
    "card": {"noun": "press kit", "key": "KIT", "title": "paper"},
    "fields": {
        "paper": {"type": "short_text", "label": "Paper"},
        "desk": {"type": "short_text", "label": "Desk"},
        "needs": {
            "type": "connection",
            "label": "Needed requests",
            "pipe": "requests",
            "inverse": "Needed by",
            "max_items": 20,
        },
    },
    "start": {"phase": "asked", "form": [{"field": "paper", "required": True}, "needs"]},
    "phases": [
        {"id": "asked", "name": "Asked for", "color": "teal", "form": ["paper", "desk", "needs"]},
        {"id": "sent", "name": "Sent", "color": "green", "final": "done"},
    ],
    "transitions": [
        {
            "id": "send",
            "from": "asked",
            "to": "sent",
            "label": "Send",
            "when": [
                {
                    "if": {"is_set": [{"var": "fields.needs"}]},
                    "else": "At least one request has to be connected.",
                }
            ],
        }
    ],
    "automations": [
        {
            "id": "thank-the-journalist",
            "on": "button",
            "label": "Write to the journalist",
            "by": ["anyone"],
            "do": [
                {"label": "written to"},
                {
                    "email": {
                        "to": ["desk@example.com"],
                        "subject": "Your press kit “{{ card.title }}”",
                        "body": "Good morning,\n\nyour kit is being put together.",
                    }
                },
            ],
        },
        {
            "id": "send-without-asking",
            "on": "button",
            "label": "Send at once",
            "by": ["anyone"],
            "do": [{"move": "send"}],
        },
        {
            "id": "ask-the-agency",
            "on": "button",
            "label": "Ask the agency",
            "by": ["anyone"],
            "do": [{"email": {"to": ["assignees"], "subject": "A kit", "body": "A kit."}}],
        },
        {
            "id": "a-name-that-somebody-has-made-longer-than-any-page-likes",
            "on": "card.entered_phase",
            "phase": "sent",
            "if": {"is_set": [{"var": "fields.needs"}]},
            "do": [{"comment": "It is on its way."}, {"priority": "low"}],
        },
    ],
}


def without_desk_with_angle() -> dict[str, Any]:
    """The pipe's next version: a field is gone, another is new and needed."""
    fields = {name: field for name, field in PRESS["fields"].items() if name != "desk"}
    fields["angle"] = {"type": "short_text", "label": "Angle"}
    asked, *others = PRESS["phases"]
    form = ["paper", {"field": "angle", "required": True}, "needs"]
    return {**PRESS, "fields": fields, "phases": [{**asked, "form": form}, *others]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A card about which machines were busy, and the webhooks that heard of it."""

    busy: str
    quiet: str
    hears: str
    fails: str
    arrived: str
    refused: str


def answers(request: Received) -> Reply:
    """A receiver whose second address is out of order."""
    if request.path.endswith("/broken"):
        return Reply(status=503, body=b"Closed until Monday")
    return Reply(status=200, body=b"Thank you")


async def set_to_work(admin: httpx.AsyncClient, connected: str, receiver: Receiver) -> Press:
    """Publishes the pipe, and waits until its automations have run and its webhooks were told."""
    published = await admin.post("/pipes", json=PRESS)
    assert published.status_code == 201, published.text
    hears = await _webhook(admin, receiver.url, "The newsroom's own board")
    fails = await _webhook(admin, f"{receiver.url}/broken", "")
    busy, quiet = await _kit(admin, "The Morning Herald"), await _kit(admin, "Evening Post")
    for button in ("thank-the-journalist", "ask-the-agency"):
        answer = await admin.post(f"/cards/{busy}/buttons/{button}")
        assert answer.status_code == 200, answer.text
    # What it may not do is tried again for minutes.
    answer = await admin.post(f"/cards/{quiet}/buttons/send-without-asking")
    assert answer.status_code == 200, answer.text
    link = {"connection": "needs", "cards": [connected]}
    await eventually_so(partial(_has_failed, admin, busy))
    await eventually_so(partial(_is_tried_again, admin, quiet))
    linked = await admin.post(f"/cards/{busy}/connections", json=link)
    assert linked.status_code == 200, linked.text
    again = await admin.post("/pipes", json=without_desk_with_angle())
    assert again.status_code == 201, again.text
    return Press(
        busy=busy,
        quiet=quiet,
        hears=hears,
        fails=fails,
        arrived=await _delivery(admin, hears),
        refused=await _delivery(admin, fails),
    )


async def _webhook(admin: httpx.AsyncClient, url: str, about: str) -> str:
    made = await admin.post("/webhooks", json={"url": url, "description": about, "pipe": PIPE})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def _kit(admin: httpx.AsyncClient, paper: str) -> str:
    made = await admin.post(f"/pipes/{PIPE}/cards", json={"fields": {"paper": paper}})
    assert made.status_code == 201, made.text
    return str(made.json()["key"])


async def _has_failed(admin: httpx.AsyncClient, card: str) -> bool:
    """Whether one of the card's automations has run to its end and another has failed."""
    runs = (await admin.get(f"/cards/{card}/automations")).json()["items"]
    return {run["state"] for run in runs} >= {"done", "failed"}


async def _is_tried_again(admin: httpx.AsyncClient, card: str) -> bool:
    runs = (await admin.get(f"/cards/{card}/automations")).json()["items"]
    return any(run["tries"] for run in runs)


async def _delivery(admin: httpx.AsyncClient, webhook: str) -> str:
    """The first delivery of a webhook, once it was tried."""
    found: list[str] = []

    async def was_tried() -> bool:
        listed = await admin.get(f"/webhooks/{webhook}/deliveries")
        assert listed.status_code == 200, listed.text
        found[:] = [each["id"] for each in listed.json()["items"] if each["attempts"]]
        return bool(found)

    await eventually_so(was_tried)
    return found[-1]
