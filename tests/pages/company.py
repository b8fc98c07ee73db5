"""A small company with one pipe in which everything occurs that pages have to show."""

from dataclasses import dataclass, fields
from typing import Any

import httpx

from api.signin.passwords import hash_password
from api.signin.people import now
from api.signin.totp import new_seed
from engine.runtime.sealing import load_sealer
from engine.runtime.settings import Settings
from engine.store import people, second_factors
from tests.pages.press import Press, set_to_work
from tests.servers.installation import Installation
from tests.servers.receiver import Receiver
from tests.servers.visitors import Somebody, add_people, program_of, writing

PIPE = "requests"
CAREFUL, PASSWORD = "cora", "seven wet pigeons waltz"
BOARD = f"/pipes/{PIPE}"
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen " * 3

REQUESTS: dict[str, Any] = {
    "id": PIPE,
    "name": "Website requests",
    "description": "Ask the web team for a change. We answer within two working days.",
    "card": {"noun": "request", "key": "REQ", "title": "what", "summary": ["size", "quarter"]},
    "teams": {"web": "Web", "legal": "Legal"},
    "calendars": {
        "office": {
            "timezone": "America/Sao_Paulo",
            "hours": {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
        }
    },
    "fields": {
        "what": {"type": "short_text", "label": "What do you need", "max_length": 200},
        "why": {"type": "long_text", "label": "Why", "help": "Two sentences are enough."},
        "size": {"type": "integer", "label": "Size", "minimum": 1, "unit": "hours"},
        "quarter": {
            "type": "select",
            "label": "Quarter",
            "options": [{"id": "q1", "label": "2027 Q1"}, {"id": "q2", "label": "2027 Q2"}],
        },
        "channels": {
            "type": "multi_select",
            "label": "Channels",
            "options": [{"id": "web", "label": "Web"}, {"id": "app", "label": "App"}],
        },
        "urgent": {"type": "checkbox", "label": "It is urgent"},
        "readers": {"type": "users", "label": "Readers"},
        "owner": {"type": "team", "label": "Owning team"},
        "steps": {
            "type": "table",
            "label": "Steps",
            "columns": {
                "step": {"type": "short_text", "label": "Step"},
                "hours": {"type": "integer", "label": "Hours"},
            },
        },
        "notes": {"type": "long_text", "label": "Notes", "editable": "always"},
        "budget": {"type": "currency", "label": "Budget", "currency": "EUR"},
        "pictures": {
            "type": "attachment",
            "label": "Pictures",
            "help": "What it looks like now.",
            "accept": ["image/*"],
            "max_files": 5,
        },
        "phone": {"type": "phone", "label": "Phone", "confidential": ["role:admin"]},
    },
    "start": {
        "phase": "new",
        "form": [{"field": "what", "required": True}, "why", "urgent", "pictures"],
        "by": ["anyone"],
        "public": True,
    },
    "phases": [
        {
            "id": "new",
            "name": "New",
            "description": "Asked for, and not looked at yet.",
            "color": "blue",
            "form": [
                {"field": "what", "required": True},
                "why",
                {"field": "size", "required": True},
                "quarter",
                "channels",
                "steps",
                "budget",
                "pictures",
                "notes",
            ],
            "sla": {"target": "2d", "calendar": "office", "warn": ["50%"]},
            "stale_after": "5d",
        },
        {
            "id": "doing",
            "name": "In progress",
            "color": "violet",
            "team": "web",
            "form": ["why", {"field": "urgent", "required": False}, "readers", "owner"],
            "handoff": {"accept_within": "1d", "assign": "queue", "checklist": ["Read it"]},
            "wip_limit": {"cards": 30, "enforce": "block"},
        },
        {"id": "checking", "name": "Checking", "color": "amber", "form": ["why"]},
        {"id": "done", "name": "Done", "color": "green", "final": "done"},
        {"id": "dropped", "name": "Dropped", "final": "cancelled"},
    ],
    "transitions": [
        {"id": "begin", "from": "new", "to": "doing", "label": "Begin"},
        {
            "id": "check",
            "from": "new",
            "to": "checking",
            "label": "Have it checked",
            "comment": "optional",
            "approval": {
                "stages": [{"id": "head", "name": "Head of web", "by": ["role:approver"]}]
            },
        },
        {"id": "hand-in", "from": "doing", "to": "checking", "label": "Hand in"},
        {
            "id": "finish",
            "from": "checking",
            "to": "done",
            "label": "Finish",
            "when": [
                {"if": {">=": [{"var": "fields.size"}, 1]}, "else": "The size is not known yet."}
            ],
        },
        {"id": "back", "from": "checking", "to": "new", "label": "Back", "comment": "required"},
        {
            "id": "drop",
            "from": ["new", "doing"],
            "to": "dropped",
            "label": "Drop",
            "comment": "required",
        },
    ],
}

PEOPLE = (
    Somebody(id="lea", name="Lea Fischer", leads=("web",)),
    Somebody(id="max", name="Max Okonkwo", teams=("web",)),
    Somebody(id="mia", name="Mia Tanaka", teams=("legal",)),
    Somebody(id="paul", name="Paul Almeida", pipe_roles=((PIPE, "approver"),)),
    Somebody(id="rita", name="Rita Nowak", pipe_roles=((PIPE, "requester"),)),
    Somebody(id="vera", name="Vera Lindqvist-Hernández Montgomery", role="admin"),
    Somebody(id="nina", name="Nina Kovač", pipe_roles=((PIPE, "admin"),)),
    Somebody(id="vic", name="Victor Petrov", pipe_roles=((PIPE, "viewer"),)),
    Somebody(id="new", name="Nobody Waits"),
    Somebody(id="otto", name="Otto Brandt"),
    Somebody(id="otto2", name="Otto Brandt"),
    Somebody(id="zoe", name="Zoë Adler"),
    Somebody(id=CAREFUL, name="Cora Blum"),
    Somebody(id="pia", name="Pia With Password"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """An installation with the pipe and its people; the cards are for looking at only.

    Attributes:
        followed: The secret of the page on which a sender without an account follows a request.
        press: What stands in a pipe that works by itself.
    """

    house: Installation
    plain: str
    asked: str
    handed: str
    long: str
    done: str
    followed: str
    press: Press

    def address(self, pattern: str) -> str:
        """An address with the keys of the cards in the places of their names."""
        parts = (self, self.press)
        return pattern.format(
            **{each.name: getattr(part, each.name) for part in parts for each in fields(part)}
        )

    async def program(self, user: str) -> httpx.AsyncClient:
        """A program that acts as somebody."""
        return await program_of(self.house, user)


async def be_careful(house: Installation) -> None:
    """Somebody has a password and a second factor."""
    sealed = load_sealer(Settings(data=house.data)).seal(new_seed())
    async with writing(house) as connection:
        await people.set_password(connection, CAREFUL, hash_password(PASSWORD))
        await second_factors.begin(connection, CAREFUL, sealed, now())
        await second_factors.confirm(connection, CAREFUL, now())


async def found(house: Installation, receiver: Receiver) -> Company:
    """Founds the company; the receiver is told by its webhooks."""
    await add_people(house, PEOPLE)
    await be_careful(house)
    async with writing(house) as connection:
        await people.set_password(connection, "pia", hash_password(PASSWORD))
    async with await program_of(house, "vera") as vera, await program_of(house, "max") as member:
        published = await vera.post("/pipes", json=REQUESTS)
        assert published.status_code == 201, published.text
        plain = await create(member, "Bigger pictures", why="They are *small*.", size=3)
        asked = await create(member, "A page for the press", size=8, quarter="q1")
        handed = await create(member, "A dark theme", size=5, quarter="q2")
        long = await create(member, LONG[:200], why=LONG * 5)
        done = await create(member, "A favicon", size=1)
        await send(member, "PATCH", plain, "", priority="urgent", labels=["design", "mobile"])
        await send(member, "PUT", plain, "/assignees", assignees=["max", "lea"])
        await send(member, "POST", plain, "/comments", text="@lea would you *look* at it?")
        await send(
            member, "PATCH", long, "", labels=[LONG[:60].strip()], due_at="2020-02-02T02:02:02Z"
        )
        await send(member, "POST", asked, "/moves", transition="check", comment="Please.")
        await send(member, "POST", handed, "/moves", transition="begin")
        await send(member, "POST", done, "/moves", transition="begin")
        await send(member, "POST", done, "/handoff", decision="accept", checklist=["Read it"])
        await send(member, "POST", done, "/moves", transition="hand-in")
        await send(member, "POST", done, "/moves", transition="finish")
        press = await set_to_work(vera, plain, receiver)
    return Company(
        house=house,
        plain=plain,
        asked=asked,
        handed=handed,
        long=long,
        done=done,
        followed=await ask_as_a_stranger(house),
        press=press,
    )


async def ask_as_a_stranger(house: Installation) -> str:
    """Sends the public form; the secret with which what came of it is followed."""
    secret = "f" * 43
    typed = {"what": "Subtitles for the videos", "why": "I watch them on the train."}
    async with httpx.AsyncClient(base_url=house.address) as client:
        sent = await client.post(f"/forms/{PIPE}", data={**typed, "secret-link": secret})
    assert sent.status_code == 303, sent.text
    return secret


async def create(program: httpx.AsyncClient, what: str, **values: Any) -> str:
    """Creates a card and fills it in; its key."""
    made = await program.post(f"{BOARD}/cards", json={"fields": {"what": what}})
    assert made.status_code == 201, made.text
    key: str = made.json()["key"]
    if values:
        await send(program, "PATCH", key, "", fields=values)
    return key


async def send(
    program: httpx.AsyncClient, method: str, key: str, end: str, **body: Any
) -> dict[str, Any]:
    """Sends a command to a card that has to be taken."""
    answer = await program.request(method, f"/cards/{key}{end}", json=body)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown
