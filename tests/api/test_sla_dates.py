"""The dates of clocks, the same wherever they are told."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tests.api.people import Person


async def test_the_same_dates_of_an_sla_are_on_the_card_and_in_lists(
    everyone: Mapping[str, Person],
) -> None:
    """zammad/zammad#3837 and apache/incubator-kie-issues#1637: they differed, or were not told."""
    bo = everyone["bo"]
    made = await bo.api.post("/pipes/errands/cards", json={"fields": {"what": "Fetch milk"}})
    card = (await bo.api.get(f"/cards/{made.json()['key']}")).json()
    (clock,) = card["clocks"]
    columns = (await bo.api.get("/pipes/errands/board")).json()["columns"]
    cards = [each for column in columns for each in column["items"]]
    (same,) = [each for each in cards if each["key"] == card["key"]]
    begun = datetime.fromisoformat(clock["started_at"])
    assert datetime.fromisoformat(clock["deadline"]) == begun + timedelta(days=3)
    assert datetime.fromisoformat(same["deadline"]) == datetime.fromisoformat(clock["deadline"])
