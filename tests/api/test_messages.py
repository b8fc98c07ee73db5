"""The thread of messages on a card: mails of automations, and what is answered to them."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.api.people import Person
from tests.engine.running import eventually_so
from tests.servers.installation import Installation

LETTERS: dict[str, Any] = {
    "id": "letters",
    "name": "Letters",
    "card": {"noun": "letter", "key": "LET", "title": "what"},
    "fields": {
        "what": {"type": "short_text", "label": "What"},
        "price": {"type": "number", "label": "Price", "confidential": ["role:admin"]},
    },
    "start": {"phase": "open", "form": ["what", "price"]},
    "phases": [
        {"id": "open", "name": "Open", "form": ["what", "price"]},
        {"id": "shut", "name": "Shut", "final": "done"},
    ],
    "transitions": [{"id": "shut", "from": "open", "to": "shut", "label": "Shut"}],
    "automations": [
        {
            "id": "write",
            "on": "card.created",
            "do": [
                {
                    "email": {
                        "to": ["eve@example.com", "user:owner"],
                        "subject": "About {{ card.title }}",
                        "body": "The price is <{{ fields.price }}>.",
                    }
                }
            ],
        }
    ],
}


def reply_address(house: Installation, reader: str) -> str | None:
    """Where a mail in the mailbox says that replies go."""
    with closing(sqlite3.connect(house.data / "phaseline.db")) as connection:
        rows = connection.execute("SELECT recipients, headers FROM mails").fetchall()
    for recipients, headers in rows:
        if reader in recipients and "Reply-To" in headers:
            address: str = json.loads(headers)["Reply-To"]
            return address
    return None


@pytest.fixture
async def letter(house: Installation, everyone: Mapping[str, Person]) -> str:
    """The key of a letter about which two people have been written to."""
    owner = everyone["owner"].api
    published = await owner.post("/pipes", json=LETTERS)
    assert published.status_code in (200, 201), published.text
    await owner.patch("/users/owner", json={"email": "owner@example.com"})
    made = await owner.post("/pipes/letters/cards", json={"fields": {"what": "Trains", "price": 7}})
    assert made.status_code == 201, made.text
    key: str = made.json()["key"]

    async def has_been_written() -> bool:
        page = await everyone["owner"].pages.get(f"/cards/{key}")
        return page.text.count(">Sent<") == 2

    await eventually_so(has_been_written)
    return key


async def test_the_thread_shows_each_what_they_may_see(
    everyone: Mapping[str, Person], letter: str
) -> None:
    owner = (await everyone["owner"].pages.get(f"/cards/{letter}")).text
    member = (await everyone["bo"].pages.get(f"/cards/{letter}")).text

    assert "to eve@example.com" in owner
    assert "The price is &lt;&gt;." in owner
    assert "The price is &lt;7&gt;." in owner
    assert "The price is &lt;&gt;." in member
    assert "A message with confidential fields" in member
    assert "&lt;7&gt;" not in member


async def test_an_answer_that_is_handed_over_stands_in_the_thread(
    house: Installation, everyone: Mapping[str, Person], letter: str
) -> None:
    address = reply_address(house, "eve@example.com")
    assert address is not None
    mail = f"From: eve@example.com\nTo: {address}\nSubject: Re: Trains\n\nToo **dear**.\n"

    taken = house.command("receive-mail", given=mail)
    forged = house.command("receive-mail", given=mail.replace("eve@", "mallory@"))

    key = address.split("+")[1].split(".")[0].upper()
    assert (taken.returncode, taken.stdout.strip()) == (0, key), taken.stderr
    assert forged.returncode == 1
    assert "not from the address" in forged.stderr
    page = (await everyone["bo"].pages.get(f"/cards/{key}")).text
    assert "from eve@example.com" in page
    assert "Too <strong>dear</strong>." in page


WRITTEN: dict[str, Any] = {
    "to": ["eve@example.com", "Adam@Example.com"],
    "subject": "The price\nBcc: all@example.com",
    "text": "Is it <fine>?\n\nWe think so.",
}


async def written(people: Mapping[str, Person], card: str, **parts: Any) -> httpx.Response:
    """What Bo, a member, gets for writing from the card."""
    headers = {"Idempotency-Key": parts.pop("key", "letter-1")}
    return await people["bo"].api.post(
        f"/cards/{card}/messages", json=WRITTEN | parts, headers=headers
    )


async def test_a_mail_that_somebody_writes_is_sent_to_each_once_and_stands_in_the_thread(
    house: Installation, everyone: Mapping[str, Person], letter: str
) -> None:
    first = await written(everyone, letter)
    again = await written(everyone, letter)

    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert [each["id"] for each in again.json()["items"]] == [
        each["id"] for each in first.json()["items"]
    ]

    async def are_sent() -> bool:
        listed = await everyone["bo"].api.get(f"/cards/{letter}/messages")
        return [each["state"] for each in listed.json()["items"][:2]] == ["sent", "sent"]

    await eventually_so(are_sent)
    with closing(sqlite3.connect(house.data / "phaseline.db")) as connection:
        subject = "The price Bcc: all@example.com"
        kept = connection.execute(
            "SELECT recipients, text, html FROM mails WHERE subject = ?", (subject,)
        ).fetchall()
    assert sorted(recipients for recipients, _, _ in kept) == [
        '["adam@example.com"]',
        '["eve@example.com"]',
    ]
    assert {text for _, text, _ in kept} == {WRITTEN["text"]}
    assert kept[0][2] == "<p>Is it &lt;fine&gt;?</p>\n<p>We think so.</p>"
    page = (await everyone["owner"].pages.get(f"/cards/{letter}")).text
    assert "to adam@example.com" in page


async def test_the_thread_is_read_page_by_page_without_what_is_not_for_the_reader(
    everyone: Mapping[str, Person], letter: str
) -> None:
    await written(everyone, letter)
    whole = (await everyone["bo"].api.get(f"/cards/{letter}/messages")).json()
    pages: list[dict[str, Any]] = []
    cursor = ""
    while len(pages) < 10:
        address = f"/cards/{letter}/messages?limit=1{cursor}"
        page = (await everyone["bo"].api.get(address)).json()
        pages += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert whole["next_cursor"] is None
    assert [each["id"] for each in pages] == [each["id"] for each in whole["items"]]
    assert [each["by"] for each in whole["items"]] == [everyone["bo"].id] * 2 + [None] * 2
    withheld = [each for each in whole["items"] if each["text"] is None]
    assert [each["subject"] for each in withheld] == ["A message with confidential fields"]


async def test_an_answer_to_a_mail_that_somebody_wrote_comes_back(
    house: Installation, everyone: Mapping[str, Person], letter: str
) -> None:
    await written(everyone, letter, to=["mia@example.com"])

    async def has_come() -> bool:
        return reply_address(house, "mia@example.com") is not None

    await eventually_so(has_come)
    address = reply_address(house, "mia@example.com")
    mail = f"From: mia@example.com\nTo: {address}\nSubject: Re: The price\n\nIt is.\n"
    taken = house.command("receive-mail", given=mail)

    assert taken.returncode == 0, taken.stderr
    newest = (await everyone["bo"].api.get(f"/cards/{letter}/messages?limit=1")).json()["items"][0]
    assert (newest["direction"], newest["address"]) == ("in", "mia@example.com")
    assert newest["text"] == "It is."


@pytest.mark.parametrize(
    ("parts", "messages"),
    [
        (
            {"to": ["nobody", "a@b, c@d"], "subject": " ", "text": ""},
            [
                "“nobody” is no e-mail address.",
                "“a@b, c@d” is no e-mail address.",
                "A mail needs a subject.",
                "A mail needs a text.",
            ],
        ),
        ({"to": []}, ["A mail needs an address."]),
        (
            {"to": [f"p{number}@example.com" for number in range(11)]},
            ["A mail goes to at most 10 addresses; these are 11."],
        ),
    ],
)
async def test_what_is_wrong_with_a_mail_is_said_at_once(
    everyone: Mapping[str, Person], letter: str, parts: dict[str, Any], messages: list[str]
) -> None:
    refused = await written(everyone, letter, **parts, key="wrong")

    assert refused.status_code == 422
    assert [each["message"] for each in refused.json()["reasons"]] == messages


async def test_who_may_not_comment_may_not_write(
    everyone: Mapping[str, Person], letter: str
) -> None:
    made = await everyone["owner"].api.post("/pipes/errands/cards", json={"fields": {"what": "x"}})
    errand = made.json()["key"]
    viewer = await everyone["val"].api.post(f"/cards/{errand}/messages", json=WRITTEN)
    guest = await everyone["gus"].api.post(f"/cards/{letter}/messages", json=WRITTEN)

    assert (viewer.status_code, viewer.json()["code"]) == (403, "not_allowed")
    assert guest.status_code == 404
    assert "write-message" not in (await everyone["val"].pages.get(f"/cards/{errand}")).text


async def test_the_page_keeps_what_was_typed_into_a_mail_that_is_refused(
    everyone: Mapping[str, Person], letter: str
) -> None:
    person, address = everyone["bo"], f"/cards/{letter}/messages"
    typed = {"subject": "Price", "text": "All that I have typed"}
    refused = await person.submits(address, to="eve", **typed)
    taken = await person.submits(address, to="eve@example.com; adam@example.com", **typed)

    assert refused.status_code == 422
    assert "“eve” is no e-mail address." in refused.text
    assert "All that I have typed" in refused.text
    assert taken.status_code == 303
    assert (await person.pages.get(f"/cards/{letter}")).text.count("All that I have typed") == 2
