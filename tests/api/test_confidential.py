"""A confidential value is absent from everything that somebody without the right to it gets."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.api.errands import ERRANDS
from tests.api.people import Person
from tests.servers.installation import all_pages

SECRET = "Xylophonist-47"
CHANGED = "Zitherplayer-48"

type Everyone = Mapping[str, Person]


@pytest.fixture(scope="module")
async def card(everyone: Everyone) -> str:
    """A card of cy's, with a value that pipe admins and its creator may see, changed once."""
    cy, ann = everyone["cy"], everyone["ann"]
    made = await cy.api.post("/pipes/errands/cards", json={"fields": {"what": "Secret errand"}})
    assert made.status_code == 201, made.text
    key = str(made.json()["key"])
    for person, value in ((ann, SECRET), (cy, CHANGED)):
        changed = await person.api.patch(f"/cards/{key}", json={"fields": {"tip": value}})
        assert changed.json()["fields"]["tip"] == value
    return key


API = (
    "/cards/{card}",
    "/cards/{card}/events",
    "/cards/{card}/transitions",
    "/cards?limit=200&q=Secret",
    "/pipes/errands/cards?limit=200&q=Secret",
    "/pipes/errands/board?limit=200&q=Secret",
)
PAGES = (
    "/cards/{card}",
    "/cards/{card}/moves",
    "/cards/{card}/moves/set-out",
    "/pipes/errands?q=Secret",
)


@pytest.mark.parametrize("who", ["bo", "val"])
@pytest.mark.parametrize("address", API)
async def test_the_api_does_not_tell_it(
    everyone: Everyone, card: str, address: str, who: str
) -> None:
    answer = await everyone[who].api.get(address.format(card=card))
    assert answer.status_code == 200
    assert "Secret errand" in answer.text or "transitions" in address
    for hidden in (SECRET, CHANGED, '"tip"'):
        assert hidden not in answer.text


@pytest.mark.parametrize("who", ["bo", "val"])
@pytest.mark.parametrize("address", PAGES)
async def test_no_page_shows_it(everyone: Everyone, card: str, address: str, who: str) -> None:
    answer = await everyone[who].pages.get(address.format(card=card))
    assert answer.status_code == 200
    for hidden in (SECRET, CHANGED, 'name="tip"', ">Tip<"):
        assert hidden not in answer.text


@pytest.mark.parametrize("who", ["bo", "rae"])
async def test_forms_do_not_name_it(everyone: Everyone, who: str) -> None:
    for form in ("start", "asked"):
        answer = await everyone[who].api.get(f"/pipes/errands/forms/{form}")
        assert '"tip"' not in answer.text
        assert '"where"' in answer.text
    page = await everyone[who].pages.get("/pipes/errands/new")
    assert 'name="where"' in page.text
    assert 'name="tip"' not in page.text


async def test_whoever_may_see_it_is_shown_it_again_when_they_create(everyone: Everyone) -> None:
    body = {"fields": {"what": "Errand", "tip": SECRET}}
    made = await everyone["ann"].api.post("/pipes/errands/cards", json=body)
    assert made.json()["fields"] == body["fields"]


@pytest.mark.parametrize("who", ["cy", "ann", "owner"])
async def test_whoever_may_see_it_sees_it(everyone: Everyone, card: str, who: str) -> None:
    person = everyone[who]
    assert (await person.api.get(f"/cards/{card}")).json()["fields"]["tip"] == CHANGED
    events = await all_pages(person.api, f"/cards/{card}/events")
    assert SECRET in str(events)
    assert CHANGED in (await person.pages.get(f"/cards/{card}")).text


@pytest.mark.parametrize("query", [{"q": SECRET}, {"q": CHANGED}, {"field.tip": CHANGED}])
@pytest.mark.parametrize("address", ["/cards", "/pipes/errands/cards"])
async def test_nobody_finds_a_card_by_it(
    everyone: Everyone, card: str, address: str, query: Mapping[str, str]
) -> None:
    found = await everyone["bo"].api.get(address, params=query)
    assert found.json()["items"] == []


async def test_answers_to_commands_do_not_tell_it(everyone: Everyone, card: str) -> None:
    bo = everyone["bo"]
    answers = [
        await bo.api.patch(f"/cards/{card}", json={"fields": {"where": "Market"}}),
        await bo.api.patch(
            f"/cards/{card}", json={"fields": {"where": "Fair"}}, headers={"If-Match": '"1"'}
        ),
        await bo.api.post(f"/cards/{card}/moves", json={"transition": "set-out"}),
    ]
    assert [answer.status_code for answer in answers] == [200, 409, 422]
    for answer in answers:
        assert CHANGED not in answer.text
        assert '"tip"' not in answer.text


async def test_nobody_writes_what_they_cannot_see(everyone: Everyone, card: str) -> None:
    bo = everyone["bo"]
    await bo.submits(f"/cards/{card}/fields", tip="Guessed")
    refused = await bo.api.patch(f"/cards/{card}", json={"fields": {"tip": "Guessed"}})
    unknown = await bo.api.patch(f"/cards/{card}", json={"fields": {"top": "Guessed"}})
    assert refused.json()["code"] == unknown.json()["code"] == "unknown_field"
    shown: dict[str, Any] = (await everyone["cy"].api.get(f"/cards/{card}")).json()
    assert shown["fields"]["tip"] == CHANGED


def test_the_pipe_says_that_it_can_be_searched_by() -> None:
    """Or the tests above would hold for another reason."""
    assert ERRANDS["fields"]["tip"]["index"] is True
