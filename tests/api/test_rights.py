"""Who may do what, as a table: part × deed, by the API with a token and by pages with a session.

The answers are written out here, not worked out from the product's own table.
"""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.api.people import Person

type Everyone = Mapping[str, Person]
# What a deed sends: the end of the API's address and its body, and the same for the page's form.
type Deed = tuple[str, str, dict[str, Any] | None, str, dict[str, str]]

# Who stands for which part; `creator` and `assignee` are a viewer and a guest besides.
PARTS: Mapping[str, str] = {
    "owner": "owner",
    "installation admin": "ada",
    "pipe admin": "ann",
    "member": "bo",
    "requester": "rae",
    "viewer": "val",
    "guest": "gus",
    "creator": "rae",
    "assigned viewer": "val",
    "assigned guest": "gus",
}
DEEDS: Mapping[str, Deed] = {
    "see": ("GET", "", None, "", {}),
    "edit": ("PATCH", "", {"fields": {"where": "North"}}, "fields", {"where": "North"}),
    "move": (
        "POST",
        "/moves",
        {"transition": "drop", "comment": "No."},
        "moves",
        {"move-way": "drop", "move-comment": "No."},
    ),
    "assign": ("PUT", "/assignees", {"assignees": ["cy"]}, "assignees", {"assignees": "cy"}),
    "claim": ("POST", "/claim", None, "claim", {}),
    "comment": ("POST", "/comments", {"text": "Hm."}, "comments", {"text": "Hm."}),
    "hold": ("POST", "/hold", {"reason": "Rain."}, "hold", {"reason": "Rain."}),
    "resume": ("POST", "/resume", None, "resume", {}),
    "cancel": ("POST", "/cancel", {"reason": "No."}, "cancel", {"reason": "No."}),
    "reopen": ("POST", "/reopen", {"reason": "Yes."}, "reopen", {"reason": "Yes."}),
}
YES, NO, UNSEEN = 200, 403, 404
# Besides not being allowed to, there is nothing to do: an assignee has the card already.
NEITHER = 422
# see, edit, move, assign, claim, comment, hold, resume, cancel, reopen
TABLE: Mapping[str, tuple[int, ...]] = {
    "owner": (YES,) * 10,
    "installation admin": (YES,) * 10,
    "pipe admin": (YES,) * 10,
    "member": (YES, YES, YES, YES, YES, YES, YES, YES, NO, NO),
    "requester": (UNSEEN,) * 10,
    "viewer": (YES, NO, NO, NO, NO, NO, NO, NO, NO, NO),
    "guest": (UNSEEN,) * 10,
    "creator": (YES, NO, NO, NO, NO, YES, NO, NO, YES, NO),
    "assigned viewer": (YES, YES, YES, NO, NEITHER, YES, YES, YES, NO, NO),
    "assigned guest": (YES, YES, YES, NO, NEITHER, YES, YES, YES, NO, NO),
}
CASES = [
    (part, deed, status)
    for part, row in TABLE.items()
    for deed, status in zip(DEEDS, row, strict=True)
]


async def ready_for(everyone: Everyone, part: str, deed: str) -> str:
    """A card on which only the rights can stand against the deed."""
    creator = everyone["rae" if part == "creator" else "cy"]
    made = await creator.api.post(
        "/pipes/errands/cards", json={"fields": {"what": "Guarded errand"}}
    )
    assert made.status_code == 201, made.text
    address = f"/cards/{made.json()['key']}"
    ann = everyone["ann"].api
    if part.startswith("assigned"):
        await ann.put(f"{address}/assignees", json={"assignees": [PARTS[part]]})
    if deed == "resume":
        await ann.post(f"{address}/hold", json={"reason": "Rain."})
    if deed == "reopen":
        await ann.post(f"{address}/cancel", json={"reason": "No."})
    return address


@pytest.mark.parametrize(("part", "deed", "status"), CASES)
async def test_by_the_api(everyone: Everyone, part: str, deed: str, status: int) -> None:
    address = await ready_for(everyone, part, deed)
    method, end, body, *_ = DEEDS[deed]
    answer = await everyone[PARTS[part]].api.request(method, address + end, json=body)
    assert answer.status_code == status, answer.text
    if status in (NO, NEITHER):
        codes = [reason["code"] for reason in answer.json()["reasons"]]
        assert codes == ["not_allowed", "already_yours"][: 1 if status == NO else 2]


@pytest.mark.parametrize(("part", "deed", "status"), CASES)
async def test_by_a_page(everyone: Everyone, part: str, deed: str, status: int) -> None:
    address = await ready_for(everyone, part, deed)
    person, (_, _, _, end, typed) = everyone[PARTS[part]], DEEDS[deed]
    before = (await everyone["ann"].api.get(address)).json()["version"]
    answer = (
        await person.submits(f"{address}/{end}", **typed)
        if end
        else await person.pages.get(address)
    )
    # A form that is refused is drawn again, with what stands against it.
    drawn = {YES: 303 if end else 200, NO: 422, NEITHER: 422, UNSEEN: 404}
    assert answer.status_code == drawn[status]
    after = (await everyone["ann"].api.get(address)).json()["version"]
    assert (after > before) == (status == YES and bool(end))
    if status in (NO, NEITHER):
        assert "You may not " in answer.text


# --- what is done without a card ------------------------------------------------------------------

CREATE: Mapping[str, int] = {
    "owner": 201,
    "ada": 201,
    "ann": 201,
    "bo": 201,
    "rae": 201,
    "val": 403,
    "gus": 403,
}


@pytest.mark.parametrize(("who", "status"), CREATE.items())
async def test_creating(everyone: Everyone, who: str, status: int) -> None:
    person = everyone[who]
    made = await person.api.post("/pipes/errands/cards", json={"fields": {"what": "Errand"}})
    assert made.status_code == status
    form = await person.pages.get("/pipes/errands/new")
    assert form.status_code == (200 if status == 201 else 403)
    sent = await person.submits("/pipes/errands/new", what="Errand")
    assert sent.status_code == (303 if status == 201 else 422)


# What each sends; where it may not be done, nothing of it is looked at.
ADMINISTRATION: Mapping[str, tuple[str, str, dict[str, Any] | None]] = {
    "publish": ("POST", "/pipes", {}),
    "see people": ("GET", "/users/bo", None),
    "add people": ("POST", "/users", {"id": "x", "name": "X", "password": "short"}),
    "add owners": ("POST", "/users", {"id": "bo", "name": "X", "installation_role": "owner"}),
    "change people": ("PATCH", "/users/cy", {"name": "Cy"}),
    "reset passwords": ("POST", "/users/nobody/password", None),
    "disable people": ("PATCH", "/users/nobody", {"disabled": True}),
    "disable owners": ("PATCH", "/users/owner", {"disabled": True}),
    "set leaves": (
        "POST",
        "/users/cy/leaves",
        {"begins_at": "2020-01-01T00:00:00Z", "ends_at": "2020-01-02T00:00:00Z"},
    ),
    "name teams": ("PUT", "/teams/No", {"name": "No"}),
    "remove teams": ("DELETE", "/teams/nowhere", None),
    "join teams": ("PUT", "/teams/nowhere/members/cy", {}),
    "see roles": ("GET", "/pipes/errands/roles", None),
    "give roles": ("PUT", "/pipes/errands/roles/director/nobody", None),
    "see tokens": ("GET", "/tokens?user=cy", None),
    "make tokens": ("POST", "/tokens", {"name": "X", "scopes": ["admin"], "user": "nobody"}),
    "read the audit log": ("GET", "/audit", None),
}
DOERS = ("owner", "ada", "ann", "bo", "rae", "val", "gus")
# What each of them is answered. Who may is told that what they sent is wrong, if it is.
ANSWERS: Mapping[str, tuple[int, ...]] = {
    "publish": (422, 422, 403, 403, 403, 403, 403),
    "see people": (200, 200, 200, 200, 200, 200, 404),
    "add people": (422, 422, 403, 403, 403, 403, 403),
    "add owners": (409, 403, 403, 403, 403, 403, 403),
    "change people": (200, 200, 403, 403, 403, 403, 403),
    "reset passwords": (404, 404, 403, 403, 403, 403, 403),
    "disable people": (404, 404, 403, 403, 403, 403, 403),
    "disable owners": (422, 403, 403, 403, 403, 403, 403),
    "set leaves": (422, 422, 403, 403, 403, 403, 403),
    "name teams": (422, 422, 403, 403, 403, 403, 403),
    "remove teams": (404, 404, 403, 403, 403, 403, 403),
    "join teams": (404, 404, 403, 403, 403, 403, 403),
    "see roles": (200, 200, 200, 403, 403, 403, 403),
    "give roles": (404, 404, 404, 403, 403, 403, 403),
    "see tokens": (200, 200, 403, 403, 403, 403, 403),
    "make tokens": (422, 422, 403, 403, 403, 403, 403),
    "read the audit log": (200, 200, 403, 403, 403, 403, 403),
}


@pytest.mark.parametrize("deed", ADMINISTRATION)
async def test_administration_by_the_api(everyone: Everyone, deed: str) -> None:
    method, address, body = ADMINISTRATION[deed]
    answers = [
        (await everyone[who].api.request(method, address, json=body)).status_code for who in DOERS
    ]
    assert tuple(answers) == ANSWERS[deed]


# The scope that each takes; a token with every other one is refused, whoever made it.
SCOPES: Mapping[str, str] = {
    **dict.fromkeys(ADMINISTRATION, "admin"),
    "publish": "pipes:write",
}


@pytest.mark.parametrize("deed", [deed for deed in ADMINISTRATION if deed != "see people"])
async def test_administration_takes_a_scope(
    narrow: Mapping[str, httpx.AsyncClient], deed: str
) -> None:
    method, address, body = ADMINISTRATION[deed]
    for missing, client in narrow.items():
        answer = await client.request(method, address, json=body)
        refused = answer.status_code == 403
        assert refused == (missing == SCOPES[deed]), (missing, answer.text)
        if refused:
            assert answer.json()["code"] == "missing_scope"


# --- what lists show ------------------------------------------------------------------------------

SEES_ALL = {
    "owner": True,
    "ada": True,
    "ann": True,
    "bo": True,
    "val": True,
    "rae": False,
    "gus": False,
}


@pytest.mark.parametrize(("who", "sees_all"), SEES_ALL.items())
@pytest.mark.parametrize("address", ["/cards", "/pipes/errands/cards"])
async def test_lists_show_what_somebody_may_see(
    everyone: Everyone, who: str, sees_all: bool, address: str
) -> None:
    own = await ready_for(everyone, "assigned guest" if who == "gus" else "creator", "see")
    other = await ready_for(everyone, "member", "see")
    found = await everyone[who].api.get(address, params={"limit": 200, "sort": "-created_at"})
    keys = {f"/cards/{card['key']}" for card in found.json()["items"]}
    assert (own in keys, other in keys) == (True, sees_all)


@pytest.mark.parametrize(("who", "sees_all"), SEES_ALL.items())
async def test_boards_show_what_somebody_may_see(
    everyone: Everyone, who: str, sees_all: bool
) -> None:
    made = await everyone["cy"].api.post(
        "/pipes/errands/cards", json={"fields": {"what": f"Boardof{who}."}}
    )
    key = made.json()["key"]
    query = {"q": f"Boardof{who}."}
    shown = await everyone[who].api.get("/pipes/errands/board", params=query)
    assert sum(column["cards"] for column in shown.json()["columns"]) == int(sees_all)
    assert (key in shown.text) == sees_all
    page = await everyone[who].pages.get("/pipes/errands", params=query)
    assert (f"card-{key}" in page.text) == sees_all


@pytest.mark.parametrize("address", ["/users", "/teams"])
async def test_a_guest_is_not_told_who_else_there_is(everyone: Everyone, address: str) -> None:
    seen = {each["id"] for each in (await everyone["gus"].api.get(address)).json()["items"]}
    assert seen == ({"gus"} if address == "/users" else set())
    assert len((await everyone["bo"].api.get("/users")).json()["items"]) > 5


async def test_who_sees_their_own_cards_only_is_told_how_many_of_those_there_are(
    everyone: Everyone,
) -> None:
    owner, gus = everyone["owner"].api, everyone["gus"].api

    async def counted(client: httpx.AsyncClient) -> int:
        listed = (await client.get("/pipes")).json()["items"]
        return next(int(pipe["open_cards"]) for pipe in listed if pipe["id"] == "errands")

    before, of_all = await counted(gus), await counted(owner)
    made = await owner.post("/pipes/errands/cards", json={"fields": {"what": "Not for Gus"}})
    assert (await counted(gus), await counted(owner)) == (before, of_all + 1)
    await owner.put(f"/cards/{made.json()['key']}/assignees", json={"assignees": ["gus"]})
    assert await counted(gus) == before + 1
    page = (await everyone["gus"].pages.get("/pipes")).text
    assert f'<span class="pill">{before + 1} open</span>' in page
