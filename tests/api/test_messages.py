"""The thread of messages on a card: mails of automations, and what is answered to them."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

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
    with sqlite3.connect(house.data / "phaseline.db") as connection:
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
