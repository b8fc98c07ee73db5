"""Finding out what a card has to know for what it does by itself."""

from typing import override

from temporalio import activity

from engine.core.facts import Facts
from engine.gateway import Definitions
from engine.gateway.gathering import gather_reserving, gather_unless_reserving
from engine.store.database import Database
from engine.workflows.messages import GatherRequest
from engine.workflows.ports import Gatherer


class DatabaseGatherer(Gatherer):
    """The gatherer over the installation's database."""

    def __init__(self, database: Database, definitions: Definitions, pages: str) -> None:
        self._database = database
        self._definitions = definitions
        self._pages = pages

    @override
    @activity.defn
    async def gather(self, request: GatherRequest) -> Facts:
        card = request.card
        async with self._database.reading() as connection:
            published = await self._definitions.of_card(connection, card)
            told = published, card, request.command, request.at
            facts = await gather_unless_reserving(
                connection, *told, pages=self._pages, besides=request.besides
            )
        if facts is not None:
            return facts
        async with self._database.writing() as connection:
            return await gather_reserving(
                connection, *told, pages=self._pages, besides=request.besides
            )
