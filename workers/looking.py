"""Having cards look again at what they do by themselves, because something around them changed."""

from typing import override

from temporalio import activity

from engine.core.actors import ENGINE
from engine.core.automations import goes_on_for_ever
from engine.core.commands import Command, CommandKey, LookAgain, NoteFailure, Wish
from engine.gateway import Gateway
from engine.store import log
from engine.store.database import Database
from engine.workflows.errands import LookRequest
from engine.workflows.ports import Onlooker


class CardOnlooker(Onlooker):
    """Looks of the installation's cards."""

    def __init__(self, database: Database, gateway: Gateway) -> None:
        self._database = database
        self._gateway = gateway

    @override
    @activity.defn
    async def look_again(self, request: LookRequest) -> None:
        async with self._database.reading() as connection:
            stored = await log.load_card(connection, request.card)
        if stored is None or stored.card.life.status != "open":
            return  # When it is reopened it looks for itself.
        endless = goes_on_for_ever(request.chain)
        wish: Wish = LookAgain()
        if endless is not None:
            wish = NoteFailure(action="look at connected cards", reasons=(endless,))
        info = activity.info()
        key = CommandKey(f"look:{info.workflow_run_id}:{info.activity_id}")
        command = Command(key=key, actor=ENGINE, wish=wish, chain=request.chain)
        # A rejection says that there is nothing to do.
        await self._gateway.send(request.card, command)
