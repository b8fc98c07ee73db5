"""Having cards look again at what they do by themselves, because something around them changed."""

from typing import override

from temporalio import activity

from engine.core.actors import ENGINE
from engine.core.automations import goes_on_for_ever
from engine.core.card import Card
from engine.core.commands import Command, CommandKey, LookAgain, NoteFailure, OfferHandoff, Wish
from engine.core.reasons import Rejection
from engine.gateway import Definitions, Gateway, utc_now
from engine.gateway.gathering import decide_gathering, gather_looking
from engine.store import log
from engine.store.database import AsyncConnection, Database
from engine.workflows.errands import LookRequest
from engine.workflows.ports import Onlooker


class CardOnlooker(Onlooker):
    """Looks of the installation's cards."""

    def __init__(self, database: Database, definitions: Definitions, gateway: Gateway) -> None:
        self._database = database
        self._definitions = definitions
        self._gateway = gateway

    @override
    @activity.defn
    async def look_again(self, request: LookRequest) -> None:
        async with self._database.reading() as connection:
            stored = await log.load_card(connection, request.card)
            if stored is None or stored.card.life.status != "open":
                return  # When it is reopened it looks for itself.
            is_forsaken = await self._is_forsaken(connection, stored.card)
        endless = goes_on_for_ever(request.chain)
        if endless is not None:
            action = "look at connected cards"
            await self._send(request, NoteFailure(action=action, reasons=(endless,)), "look")
            return
        await self._send(request, LookAgain(), "look")
        if is_forsaken:
            await self._send(request, OfferHandoff(), "offer")

    async def _is_forsaken(self, connection: AsyncConnection, card: Card) -> bool:
        """Whether a handoff that waits would be offered anew; the command itself would use up
        somebody's turn where it would not.
        """
        if card.handoff is None:
            return False
        command = Command(key=CommandKey("looking"), actor=ENGINE, wish=OfferHandoff())
        published = await self._definitions.of_card(connection, card)
        _, outcome = await decide_gathering(
            published,
            card,
            command,
            lambda besides: gather_looking(
                connection, published, card, command, utc_now(), besides=besides
            ),
        )
        return bool(outcome) and not isinstance(outcome, Rejection)

    async def _send(self, request: LookRequest, wish: Wish, what: str) -> None:
        info = activity.info()
        key = CommandKey(f"{what}:{info.workflow_run_id}:{info.activity_id}")
        command = Command(key=key, actor=ENGINE, wish=wish, chain=request.chain)
        # A rejection says that there is nothing to do.
        await self._gateway.send(request.card, command)
