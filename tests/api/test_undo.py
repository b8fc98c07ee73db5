"""What pages do that takes something away: each says so before, and is taken back where it can be.

Every form of the pages is in one of the tables: a new one has to say what it is.
"""

import html
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

import api
from api.pages import router
from tests.api.people import Person
from tests.pipes.test_files import PDF

type Everyone = Mapping[str, Person]
_TEMPLATES = Path(api.__file__).parent / "templates"

type State = Callable[[Person, str], Awaitable[object]]

BOXES: dict[str, Any] = {
    "id": "boxes",
    "name": "Boxes",
    "card": {"noun": "box", "key": "BOX", "title": "what"},
    "fields": {
        "what": {"type": "short_text", "label": "What"},
        "with": {"type": "connection", "label": "With", "pipe": "boxes"},
    },
    "start": {"phase": "open", "form": [{"field": "what", "required": True}]},
    "phases": [
        {"id": "open", "name": "Open", "form": ["what", "with"]},
        {"id": "shut", "name": "Shut", "final": "done"},
    ],
    "transitions": [{"id": "shut", "from": "open", "to": "shut", "label": "Shut"}],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Something that is taken away and had back.

    Attributes:
        form: Of the pages, as their routes name it.
        about: What it is done to: makes it, and tells its name.
        page: Where it is done, and what is said there before.
        says: The words that tell what it leads to.
        address: Where the form goes; `typed` is what is in it.
        state: What is different afterwards.
    """

    form: str
    about: Callable[[Person], Awaitable[str]]
    page: str
    says: str
    address: str
    typed: Mapping[str, str]
    state: State


async def a_box(person: Person) -> str:
    made = await person.api.post("/pipes/boxes/cards", json={"fields": {"what": "Old letters"}})
    assert made.status_code == 201, made.text
    return str(made.json()["key"])


async def a_box_with_another(person: Person) -> str:
    key, other = await a_box(person), await a_box(person)
    linked = await person.submits(f"/cards/{key}/connections", connection="with", other=other)
    assert linked.status_code == 303, linked.text
    return f"{key} {other}"


async def a_box_with_a_file(person: Person) -> str:
    key = await a_box(person)
    files = {"files": ("plan.pdf", PDF, "application/pdf")}
    token = {"csrf_token": person.csrf_token}
    await person.pages.post(f"/cards/{key}/attachments", data=token, files=files)
    (file,) = await files_of(person, key)
    return f"{key} {file['id']}"


async def files_of(person: Person, about: str) -> list[dict[str, Any]]:
    found = await person.api.get(f"/cards/{about.split(maxsplit=1)[0]}/attachments")
    return list(found.json()["items"])


async def a_team(person: Person) -> str:
    await person.submits("/teams", id="removers", name="Removers")
    for who, change in (("ann", "lead"), ("bo", "join")):
        await person.submits("/teams/removers/members", person=who, change=change)
    return "removers"


async def a_role(person: Person) -> str:
    await person.submits("/pipes/boxes/roles", person="cy", role="admin", change="give")
    return "cy"


async def a_leave(person: Person) -> str:
    await person.submits(
        "/people/bo/leaves", begins="2033-07-01T08:00Z", ends="2033-07-09T08:00Z", delegate="cy"
    )
    return "2033-07-01T08:00:00Z"


async def an_account(person: Person) -> str:
    made = await person.api.post("/users", json={"id": "zita", "name": "Zita"})
    assert made.status_code in (201, 409), made.text
    return "zita"


async def a_pipe(person: Person) -> str:
    await person.submits("/pipes/boxes/restore")
    return "boxes"


async def a_webhook(person: Person) -> str:
    wish = {"pipe": "boxes", "url": "https://example.com/hook"}
    made = await person.api.post("/webhooks", json=wish)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def a_draft(person: Person) -> str:
    begun = await person.submits("/pipes/boxes/versions/1/drafts")
    return begun.headers["location"].rpartition("/")[2]


async def of_card(person: Person, about: str) -> object:
    card = (await person.api.get(f"/cards/{about.split(maxsplit=1)[0]}")).json()
    files = [file["id"] for file in await files_of(person, about)]
    return card["status"], card["phase"], card["on_hold"], card["fields"].get("with"), files


async def of_team(person: Person, about: str) -> object:
    teams = (await person.api.get("/teams")).json()["items"]
    return [
        (team["name"], sorted(team["members"]), team["leads"])
        for team in teams
        if team["id"] == about
    ]


async def of_roles(person: Person, about: str) -> object:
    return (
        f"the role admin from {about.capitalize()}"
        in (await person.pages.get("/pipes/boxes/roles")).text
    )


async def of_leaves(person: Person, about: str) -> object:
    return (await person.api.get("/users/bo/leaves")).json()["items"]


async def of_account(person: Person, about: str) -> object:
    return (await person.api.get(f"/users/{about}")).json()["disabled"]


async def of_pipe(person: Person, about: str) -> object:
    return "Bring the pipe back" in (await person.pages.get(f"/pipes/{about}/versions")).text


async def of_webhook(person: Person, about: str) -> object:
    return (await person.api.get(f"/webhooks/{about}")).json()["stopped_at"] is not None


async def of_draft(person: Person, about: str) -> object:
    return (await person.pages.get(f"/workshop/drafts/{about}")).status_code


REASON = {"reason": "Not needed."}
TAKEN_BACK = (
    Taken(
        form="/cards/{card}/cancel",
        about=a_box,
        page="/cards/{0}",
        says="It ends without being finished.",
        address="/cards/{0}/cancel",
        typed=REASON,
        state=of_card,
    ),
    Taken(
        form="/cards/{card}/hold",
        about=a_box,
        page="/cards/{0}",
        says="Its clocks stand still",
        address="/cards/{0}/hold",
        typed=REASON,
        state=of_card,
    ),
    Taken(
        form="/cards/{card}/moves",
        about=a_box,
        page="/cards/{0}",
        says="Shut",
        address="/cards/{0}/moves",
        typed={"move-way": "shut"},
        state=of_card,
    ),
    Taken(
        form="/cards/{card}/connections/remove",
        about=a_box_with_another,
        page="/cards/{0}",
        says="Disconnect",
        address="/cards/{0}/connections/remove",
        typed={"connection": "with", "other": "{1}"},
        state=of_card,
    ),
    Taken(
        form="/cards/{card}/attachments/{file}/remove",
        about=a_box_with_a_file,
        page="/cards/{0}",
        says="What is taken away is gone from the card",
        address="/cards/{0}/attachments/{1}/remove",
        typed={},
        state=of_card,
    ),
    Taken(
        form="/teams/{team}/members",
        about=a_team,
        page="/teams",
        says="Who is taken out has what the team may do no more",
        address="/teams/{0}/members",
        typed={"person": "ann", "change": "leave"},
        state=of_team,
    ),
    Taken(
        form="/teams/{team}/remove",
        about=a_team,
        page="/teams",
        says="Its people stay.",
        address="/teams/{0}/remove",
        typed={},
        state=of_team,
    ),
    Taken(
        form="/pipes/{pipe}/roles",
        about=a_role,
        page="/pipes/boxes/roles",
        says="Whoever loses a role loses its rights at once",
        address="/pipes/boxes/roles",
        typed={"person": "{0}", "role": "admin", "change": "take"},
        state=of_roles,
    ),
    Taken(
        form="/people/{user}/leaves/end",
        about=a_leave,
        page="/people/bo",
        says="Once a leave is taken away, nobody decides in their name any more.",
        address="/people/bo/leaves/end",
        typed={"leave": "{0}", "next": "/people/bo"},
        state=of_leaves,
    ),
    Taken(
        form="/people/{user}/disabled",
        about=an_account,
        page="/people/zita",
        says="Disabling ends their sessions and tokens at once",
        address="/people/{0}/disabled",
        typed={"disabled": "true"},
        state=of_account,
    ),
    Taken(
        form="/pipes/{pipe}/retire",
        about=a_pipe,
        page="/pipes/boxes/versions",
        says="No new cards start.",
        address="/pipes/boxes/retire",
        typed={},
        state=of_pipe,
    ),
    Taken(
        form="/webhooks/{webhook}/stop",
        about=a_webhook,
        page="/webhooks/{0}",
        says="Nothing is sent until it is resumed",
        address="/webhooks/{0}/stop",
        typed={},
        state=of_webhook,
    ),
    Taken(
        form="/workshop/drafts/{draft}/discard",
        about=a_draft,
        page="/workshop/drafts/{0}",
        says="What is published stays as it is.",
        address="/workshop/drafts/{0}/discard",
        typed={},
        state=of_draft,
    ),
)

# What nothing brings back, and the words that say so before it is done.
FOR_GOOD = {
    "/people/{user}/tokens/{token}/end": ("macros/administration.html", "is for good"),
    "/webhooks/{webhook}/remove": ("pages/webhook.html", "what waits is not sent any more"),
    "/webhooks/{webhook}/secret": ("pages/webhook.html", "For a day both secrets sign"),
    "/pipe-secrets/forget": ("pages/webhooks.html", "fail until one of that name is kept again"),
    "/profile/recovery": ("pages/account.html", "the old ones are good for nothing"),
    "/people/{user}/password": (
        "pages/person.html",
        "takes the place of theirs, and ends their sessions",
    ),
    "/profile/sessions/end": (
        "pages/account.html",
        "Where a session ends, one has to sign in again",
    ),
    "/profile/second-factor/remove": (
        "pages/second_factor.html",
        "Once it is taken away, the password alone lets one in",
    ),
    "/people/{user}/second-factor": ("pages/person.html", "their password alone lets them in"),
    "/cards/{card}/pending": ("parts/_request.html", "The move is given up"),
    "/pipes/{pipe}/migrations/{migration}/stop": (
        "parts/_migration.html",
        "Cards that are over stay over",
    ),
}

# What gives, changes or answers: nothing is gone by it that a page would not show again.
OTHERS = frozenset(
    {
        "/cards/{card}/approvals/{stage}",
        "/cards/{card}/assignees",
        "/cards/{card}/attachments",
        "/cards/{card}/attachments/{file}/restore",
        "/cards/{card}/buttons/{automation}",
        "/cards/{card}/claim",
        "/cards/{card}/comments",
        "/cards/{card}/connections",
        "/cards/{card}/details",
        "/cards/{card}/fields",
        "/cards/{card}/handoff",
        "/cards/{card}/messages",
        "/cards/{card}/reopen",
        "/cards/{card}/resume",
        "/deliveries/{delivery}/replay",
        "/forms/{pipe}",
        "/inbox/mentions/{notice}",
        "/inbox/{card}/approvals/{stage}",
        "/inbox/{card}/handoff",
        "/notices/read",
        "/people",
        "/people/{user}",
        "/people/{user}/leaves",
        "/people/{user}/tokens",
        "/pipe-secrets",
        "/pipes/{pipe}/automations/again",
        "/pipes/{pipe}/migrate",
        "/pipes/{pipe}/migrations/{migration}/start",
        "/pipes/{pipe}/new",
        "/pipes/{pipe}/restore",
        "/pipes/{pipe}/versions/{number}/copies",
        "/pipes/{pipe}/versions/{number}/drafts",
        "/profile",
        "/profile/second-factor/begin",
        "/profile/second-factor/confirm",
        "/profile/confirm",
        "/sign-in/code",
        "/second-factor/required",
        "/profile/locale",
        "/profile/notices",
        "/profile/password",
        "/recover",
        "/sign-in",
        "/sign-out",
        "/teams",
        "/theme",
        "/webhooks",
        "/webhooks/{webhook}",
        "/webhooks/{webhook}/resume",
        "/welcome",
        "/workshop/drafts",
        "/workshop/drafts/{draft}",
        "/workshop/drafts/{draft}/form",
        "/workshop/drafts/{draft}/formatted",
        "/workshop/drafts/{draft}/restore",
        "/workshop/drafts/{draft}/text",
        "/workshop/templates/{template}/drafts",
    }
)


@pytest.fixture(scope="module", autouse=True)
async def boxes(owner: Person) -> None:
    published = await owner.api.post("/pipes", json=BOXES)
    assert published.status_code == 201, published.text


def test_every_form_of_the_pages_says_what_becomes_of_what_was_there() -> None:
    contexts = (each for part in router.routes for each in part.effective_route_contexts())  # type: ignore[attr-defined]  # a router of routers
    posted = {each.path for each in contexts if "POST" in each.methods}
    classified = {each.form for each in TAKEN_BACK} | FOR_GOOD.keys() | OTHERS
    assert posted == classified


@pytest.mark.parametrize(("template", "words"), FOR_GOOD.values(), ids=FOR_GOOD)
def test_what_is_for_good_is_said_before(template: str, words: str) -> None:
    source = (_TEMPLATES / template).read_text()
    assert words in source


@pytest.mark.parametrize("taken", TAKEN_BACK, ids=[each.form for each in TAKEN_BACK])
async def test_what_is_taken_away_is_said_before_and_had_back_by_one_click(
    owner: Person, everyone: Everyone, taken: Taken
) -> None:
    about = await taken.about(owner)
    parts = about.split()
    before = await taken.state(owner, about)
    page = (await owner.pages.get(taken.page.format(*parts))).text
    assert taken.says in html.unescape(page)

    typed = {name: text.format(*parts) for name, text in taken.typed.items()}
    done = await owner.submits(taken.address.format(*parts), **typed)
    assert done.status_code == 303, done.text
    address, fields = undo_on(await owner.pages.get(done.headers["location"]))
    assert await taken.state(owner, about) != before

    undone = await owner.pages.post(address, data=fields)
    assert undone.status_code == 303, undone.text
    assert await taken.state(owner, about) == before


def undo_on(page: httpx.Response) -> tuple[str, dict[str, list[str]]]:
    """The form that the page offers to take back what was done: as without scripts."""
    found = re.search(r'<form method="post" action="([^"]+)" class="undo">(.*?)</form>', page.text)
    assert found, page.text
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', found[2]):
        fields.setdefault(name, []).append(html.unescape(value))
    return html.unescape(found[1]), fields


async def test_an_undo_of_another_session_is_not_offered(everyone: Everyone) -> None:
    """Somebody who can put a cookie into a browser must not get a click out of its reader."""
    ada, owner = everyone["ada"], everyone["owner"]
    key = await a_box(owner)
    await owner.submits(f"/cards/{key}/cancel", **REASON)
    kept = owner.pages.cookies.get("flash")
    assert kept
    ada.pages.cookies.set("flash", kept)
    page = (await ada.pages.get(f"/cards/{key}")).text
    ada.pages.cookies.delete("flash")
    assert f"{key} is cancelled." in page
    assert 'class="undo"' not in page
