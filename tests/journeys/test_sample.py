"""The sample on a running installation: one company, in every phase, once."""

import asyncio
from collections import Counter

from tests.servers.installation import Installation, all_pages

PHASES = {"concept", "design", "develop", "launch", "measure", "done", "rejected"}


async def test_the_sample_has_cards_in_all_pipes_once(house: Installation) -> None:
    for _ in range(2):
        done = await asyncio.to_thread(house.command, "seed")
        assert (done.returncode, "139 sample cards" in done.stdout) == (0, True), done.stderr
    async with house.client() as client:
        cards = await all_pages(client, "/pipes/product-lifecycle/cards")
        assert set(Counter(card["phase"] for card in cards)) >= PHASES
        listed = (await client.get("/pipes")).json()["items"]
    assert all(pipe["open_cards"] for pipe in listed)
