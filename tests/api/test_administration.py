"""Administration by the API and the command line: done, seen by the next request, and noted."""

import asyncio
from collections.abc import Mapping

from tests.api.cli.running import REFUSED, WRONG_USAGE, YES, here, lines, says_in_a_line
from tests.api.people import PASSWORD, Person, browser, program, sign_in
from tests.servers.installation import Installation

type Everyone = Mapping[str, Person]
JULY = {"begins_at": "2030-07-01T06:00:00Z", "ends_at": "2030-07-15T06:00:00Z", "delegate": "bo"}


async def a_newcomer(owner: Person, user: str) -> None:
    added = await owner.api.post(
        "/users", json={"id": user, "name": user.capitalize(), "password": PASSWORD}
    )
    assert added.status_code == 201, added.text


async def test_a_disabled_person_is_out_at_once_and_may_come_back(
    house: Installation, owner: Person
) -> None:
    await a_newcomer(owner, "dot")
    made = await owner.api.post(
        "/tokens", json={"name": "CI", "scopes": ["cards:read"], "user": "dot"}
    )
    assert made.json()["made_by"] == "owner"
    async with browser(house) as pages, program(house, made.json()["secret"]) as client:
        await sign_in(pages, "dot")
        assert (await client.get("/me")).json()["id"] == "dot"

        changed = await owner.api.patch("/users/dot", json={"disabled": True})

        assert changed.json()["disabled"] is True
        assert (await client.get("/me")).status_code == 401
        assert (await pages.get("/")).status_code == 303
        again = await pages.post("/sign-in", data={"user": "dot", "password": PASSWORD})
        assert again.status_code == 422
        await owner.api.patch("/users/dot", json={"disabled": False})
        assert (await client.get("/me")).status_code == 401
        await sign_in(pages, "dot")


async def test_a_change_is_made_whole_or_not_at_all(owner: Person) -> None:
    await a_newcomer(owner, "iva")
    refused = await owner.api.patch(
        "/users/iva", json={"installation_role": "author", "name": "x\ny"}
    )
    assert refused.status_code == 422
    assert (await owner.api.get("/users/iva")).json()["installation_role"] == "member"
    changed = await owner.api.patch(
        "/users/iva",
        json={"installation_role": "author", "name": "Ivana", "email": "iva@example.com"},
    )
    assert changed.json() == {
        "id": "iva",
        "name": "Ivana",
        "email": "iva@example.com",
        "installation_role": "author",
        "disabled": False,
    }
    cleared = await owner.api.patch("/users/iva", json={"email": None})
    assert (cleared.json()["name"], cleared.json()["email"]) == ("Ivana", None)


async def test_a_one_time_password_ends_sessions_and_leads_to_ones_own(
    house: Installation, owner: Person
) -> None:
    await a_newcomer(owner, "flo")
    async with browser(house) as pages:
        await sign_in(pages, "flo")
        reset = await owner.api.post("/users/flo/password")
        assert (await pages.get("/")).headers["location"].startswith("/sign-in")
        answer = await pages.post(
            "/sign-in", data={"user": "flo", "password": reset.json()["one_time_password"]}
        )
        assert answer.headers["location"] == "/profile/password"


async def test_the_last_owner_stays(owner: Person) -> None:
    for change in ({"disabled": True}, {"installation_role": "admin"}):
        refused = await owner.api.patch("/users/owner", json=change)
        assert refused.status_code == 422
        codes = [reason["code"] for reason in refused.json()["reasons"]]
        assert "last_owner" in codes


async def test_teams_are_made_filled_and_dissolved(owner: Person, everyone: Everyone) -> None:
    named = await owner.api.put("/teams/riders", json={"name": "Riders"})
    assert named.json() == {"id": "riders", "name": "Riders", "members": [], "leads": []}
    joined = await owner.api.put("/teams/riders/members/bo", json={"lead": True})
    assert (joined.json()["members"], joined.json()["leads"]) == (["bo"], ["bo"])
    await owner.api.put("/teams/riders/members/bo", json={})
    left = await owner.api.delete("/teams/riders/members/cy")
    assert (left.json()["members"], left.json()["leads"]) == (["bo"], [])
    assert (await owner.api.delete("/teams/riders")).status_code == 204
    assert (await owner.api.delete("/teams/riders")).status_code == 404


async def test_roles_in_a_pipe_are_given_and_taken(owner: Person, everyone: Everyone) -> None:
    ann, given = everyone["ann"].api, {"user": "cy", "role": "runner"}
    assert (await ann.put("/pipes/errands/roles/runner/cy")).status_code == 204
    assert given in (await ann.get("/pipes/errands/roles")).json()["items"]
    assert (await everyone["cy"].api.get("/me")).json()["roles"] == {"errands": ["runner"]}
    assert (await ann.delete("/pipes/errands/roles/runner/cy")).status_code == 204
    assert given not in (await ann.get("/pipes/errands/roles")).json()["items"]
    assert (await ann.put("/pipes/product-lifecycle/roles/runner/cy")).status_code == 403
    assert (await owner.api.put("/pipes/nowhere/roles/runner/cy")).status_code == 404


async def test_leaves_are_ones_own_to_keep(everyone: Everyone) -> None:
    val = everyone["val"].api
    made = await val.post("/users/val/leaves", json=JULY)
    assert (made.status_code, made.json()) == (201, JULY)
    assert (await everyone["bo"].api.get("/users/val/leaves")).json()["items"] == [JULY]
    assert (await everyone["gus"].api.get("/users/val/leaves")).status_code == 404
    assert (
        await everyone["bo"].api.delete(f"/users/val/leaves/{JULY['begins_at']}")
    ).status_code == 403
    assert (await val.delete(f"/users/val/leaves/{JULY['begins_at']}")).status_code == 204
    assert (await val.delete(f"/users/val/leaves/{JULY['begins_at']}")).status_code == 404
    no_zone = await val.post("/users/val/leaves", json={**JULY, "ends_at": "2030-07-15T06:00:00"})
    assert no_zone.status_code == 422


async def test_the_audit_log_says_who_did_what_without_secrets(
    house: Installation, owner: Person, everyone: Everyone
) -> None:
    await a_newcomer(owner, "gil")
    await everyone["ada"].api.post("/users/gil/password")
    done = await asyncio.to_thread(at, house, "user", "role", "gil", "author")
    assert done.returncode == YES, done.stderr

    page = (await owner.api.get("/audit", params={"subject": "gil"})).json()

    told = [(each["by"], each["way"], each["kind"]) for each in page["items"]]
    assert told == [
        (None, "command", "give_installation_role"),
        ("ada", "api", "reset_password"),
        ("owner", "api", "add_person"),
    ]
    assert page["items"][0]["body"] == {"person": "gil", "role": "author"}
    assert "hash" not in str(page)
    first = (await owner.api.get("/audit", params={"subject": "gil", "limit": 2})).json()
    rest = await owner.api.get(
        "/audit", params={"subject": "gil", "limit": 2, "cursor": first["next_cursor"]}
    )
    assert first["items"] + rest.json()["items"] == page["items"]
    assert rest.json()["next_cursor"] is None
    by_ada = (await owner.api.get("/audit", params={"by": "ada"})).json()["items"]
    assert {each["by"] for each in by_ada} == {"ada"}
    said = await asyncio.to_thread(at, house, "audit", "--json")
    assert "add_person" in {each["kind"] for each in lines(said.stdout)}


def at(house: Installation, *arguments: str):
    return here(*arguments, PHASELINE_DATA=str(house.data))


def test_the_command_line_does_all_of_it(house: Installation, owner: Person) -> None:
    for arguments in (
        ("user", "add", "hal", "--name", "Hal", "--no-password"),
        ("user", "disable", "hal"),
        ("user", "enable", "hal"),
        ("team", "add", "poets", "--name", "Poets"),
        ("team", "join", "poets", "hal"),
        ("team", "leave", "poets", "hal"),
        ("team", "remove", "poets"),
        ("leave", "set", "hal", "2030-01-01", "2030-01-08T12:00+01:00", "--delegate", "owner"),
    ):
        done = at(house, *arguments)
        assert done.returncode == YES, done.stderr
    away = {
        "user": "hal",
        "begins_at": "2030-01-01T00:00:00+00:00",
        "ends_at": "2030-01-08T11:00:00+00:00",
        "delegate": "owner",
    }
    assert away in lines(at(house, "leave", "list", "--json").stdout)
    assert at(house, "leave", "end", "hal", "2030-01-01").returncode == YES
    assert at(house, "token", "create", "hal", "--scope", "cards:read").returncode == YES
    tokens = lines(at(house, "token", "list", "--json").stdout)
    mine = [each["id"] for each in tokens if each["user"] == "hal"]
    assert at(house, "token", "end", "hal", *mine).returncode == YES
    accounts = lines(at(house, "user", "list", "--json").stdout)
    assert {
        "id": "hal",
        "name": "Hal",
        "email": None,
        "installation_role": "member",
        "disabled": False,
    } in accounts


def test_the_command_line_says_what_stands_against_it(house: Installation, owner: Person) -> None:
    says_in_a_line(at(house, "user", "disable", "owner"), REFUSED, "last owner")
    says_in_a_line(at(house, "team", "remove", "nowhere"), REFUSED, "nowhere")
    says_in_a_line(at(house, "leave", "end", "owner", "2030-01-01"), REFUSED, "no leave")
    says_in_a_line(
        at(house, "leave", "set", "owner", "2030-01-02", "2030-01-01"), WRONG_USAGE, "ends after"
    )
    says_in_a_line(at(house, "user", "role", "owner", "admin", "--take"), WRONG_USAGE, "--pipe")
