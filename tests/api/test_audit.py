"""The audit log knows who came in and went, and who published what, by whichever way."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.api.cli.running import here
from tests.api.people import PASSWORD, Person, browser, csrf_token_on, sign_in
from tests.servers.installation import Installation

type Everyone = Mapping[str, Person]

NEW_PASSWORD = "eleven dry herons sleep"
PIPE: dict[str, Any] = {
    "id": "audited",
    "name": "Audited",
    "card": {"noun": "thing", "key": "AUD"},
    "fields": {"what": {"type": "short_text", "label": "What"}},
    "start": {"phase": "open", "form": ["what"]},
    "phases": [{"id": "open", "name": "Open"}, {"id": "done", "name": "Done", "final": "done"}],
    "transitions": [{"id": "end", "from": "open", "to": "done"}],
}


async def noted(owner: Person, subject: str) -> list[tuple[str | None, str, str]]:
    """Who did what by which way, the oldest first."""
    answer = await owner.api.get("/audit", params={"subject": subject, "limit": 100})
    return [(each["by"], each["way"], each["kind"]) for each in reversed(answer.json()["items"])]


async def test_who_comes_in_and_goes(house: Installation, owner: Person) -> None:
    made = await owner.api.post("/users", json={"id": "liv", "name": "Liv", "password": PASSWORD})
    assert made.status_code == 201, made.text
    async with browser(house) as pages:
        await pages.post("/sign-in", data={"user": "liv", "password": "wrong"})
        token = await sign_in(pages, "liv")
        typed = {"new": NEW_PASSWORD, "again": NEW_PASSWORD, "current": PASSWORD}
        changed = await pages.post("/profile/password", data={"csrf_token": token, **typed})
        assert changed.status_code == 303, changed.text
        token = csrf_token_on(await pages.get("/profile/password"))
        await pages.post("/sign-out", data={"csrf_token": token})

    assert await noted(owner, "liv") == [
        ("owner", "api", "add_person"),
        (None, "page", "fail_to_sign_in"),
        ("liv", "page", "sign_in"),
        ("liv", "page", "change_password"),
        ("liv", "page", "sign_out"),
    ]
    shown = (await owner.pages.get("/audit", params={"subject": "liv"})).text
    for told in ("failed to sign in as liv from 127.0.0.1", "signed out", "a new password"):
        assert told in shown
    assert "Somebody" in shown


async def test_what_is_typed_where_there_is_no_account_is_not_kept(
    house: Installation, owner: Person
) -> None:
    async with browser(house) as pages:
        await pages.post("/sign-in", data={"user": NEW_PASSWORD, "password": ""})

    assert (None, "page", "fail_to_sign_in") in await noted(owner, "(unknown)")
    assert "as somebody who has no account" in (await owner.pages.get("/audit")).text
    answer = await owner.api.get("/audit", params={"limit": 100})
    assert NEW_PASSWORD not in answer.text


async def test_who_publishes_retires_and_restores(
    house: Installation, owner: Person, everyone: Everyone, tmp_path: Path
) -> None:
    first, same = [await everyone["ada"].api.post("/pipes", json=PIPE) for _ in range(2)]
    assert (first.status_code, same.status_code) == (201, 200)
    changed = tmp_path / "audited.json"
    changed.write_text(json.dumps({**PIPE, "name": "Audited again"}))
    steps = (("publish", str(changed), "--by", "ada"), ("retire", "audited"))
    for arguments in steps:
        done = await asyncio.to_thread(here, *arguments, PHASELINE_DATA=str(house.data))
        assert done.returncode == 0, done.stderr
    restored = await owner.submits("/pipes/audited/restore")
    assert restored.status_code == 303
    assert (await owner.api.post("/pipes/audited/retire")).status_code == 204

    assert await noted(owner, "pipe:audited") == [
        ("ada", "api", "publish_pipe"),
        ("ada", "command", "publish_pipe"),
        (None, "command", "retire_pipe"),
        ("owner", "page", "restore_pipe"),
        ("owner", "api", "retire_pipe"),
    ]
    shown = (await owner.pages.get("/audit", params={"subject": "pipe:audited"})).text
    assert ">“Audited again”</a>" in shown
    assert "published version 2 of <a" in shown
