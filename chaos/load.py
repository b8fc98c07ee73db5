"""The load: people who move and comment, cards whose clocks run out, chains of automations.

Everybody sends a command again under its key until it is acknowledged, as every good client does;
some give up, and then nobody knows whether it happened. Both are written down, to be judged.
"""

import asyncio
import contextlib
import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from engine.core.commands import AddComment, MoveCard, Wish
from pipes.identifiers import TransitionId
from tests.journeys.test_chains import GOAL, TASK
from tests.journeys.test_clocks_under_kills import WATCHED
from tests.journeys.test_kills import ROUNDS
from tests.servers.receiver import Receiver

PIPES = (ROUNDS, WATCHED, TASK, GOAL)
# Of what the receiver is told.
TOLD = ("card.moved", "comment.added", "sla.breached")
_PEOPLE = 5
_ACTS = (12, 30)
_THINKS = 0.15
_NEW_CARD_EVERY = (1.5, 4.0)
_TRY_AGAIN = 0.2
_FINISHES_WITHIN = 600.0
_AGAIN = (429, 502, 503, 504)


class Refused(Exception):
    """Somebody was told no, which nobody expects here; it has been written down."""


@dataclass(slots=True, kw_only=True)
class Deeds:
    """What was acknowledged of one card: its moves in their order, its comments.

    Attributes:
        name: The title with which it was created; nobody else's.
        wishes: All of it, in order, as the model is told.
        perhaps: Comments that were sent once, and whose answer nobody waited for.
    """

    pipe: str
    name: str
    key: str
    wishes: list[Wish] = field(default_factory=list)
    moves: list[tuple[str, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    perhaps: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Everything that was sent, and how it was answered.

    Attributes:
        stuck: How many could not finish when everything ran again.
    """

    cards: list[Deeds] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)
    stuck: int = 0

    @property
    def acknowledged(self) -> int:
        """How many commands were said to be done."""
        return sum(1 + len(each.moves) + len(each.comments) for each in self.cards)


@dataclass(slots=True, kw_only=True)
class Load:
    """Who sends; `seed` decides what, and how long everybody thinks."""

    client: httpx.AsyncClient
    seed: int
    ledger: Ledger = field(default_factory=Ledger)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def publish(self, receiver: Receiver) -> None:
        """Brings the pipes, and the webhook that hears of what happens in them."""
        for document in PIPES:
            await self._send("/pipes", document, key=None)
        await self._send("/webhooks", {"url": receiver.url, "types": list(TOLD)}, key=None)

    async def person(self, number: int) -> None:
        """Moves one card after the other to and fro, comments, and brings it home."""
        chance = random.Random(f"{self.seed}-person-{number}")
        count = 0
        while not self.stopping.is_set():
            count += 1
            with contextlib.suppress(Refused):
                await self._bring_home(f"Runner {number}.{count}", chance)

    async def maker(self, pipe: str, title: str, name: str) -> None:
        """Makes one card after the other, which then do something by themselves."""
        chance = random.Random(f"{self.seed}-maker-{pipe}")
        count = 0
        while not self.stopping.is_set():
            count += 1
            with contextlib.suppress(Refused):
                await self._create(pipe, title, f"{name} {count}")
            await asyncio.sleep(chance.uniform(*_NEW_CARD_EVERY))

    async def _bring_home(self, name: str, chance: random.Random) -> None:
        deeds = await self._create("rounds", "who", name)
        for _ in range(chance.randint(*_ACTS)):
            if self.stopping.is_set():
                break
            await self._act(deeds, chance)
            await asyncio.sleep(chance.expovariate(1 / _THINKS))
        if len(deeds.moves) % 2 == 0:
            await self._move(deeds, "go", "left", "right")
        await self._move(deeds, "end", "right", "home")

    async def _create(self, pipe: str, title: str, name: str) -> Deeds:
        shown = await self._send(f"/pipes/{pipe}/cards", {"fields": {title: name}})
        deeds = Deeds(pipe=pipe, name=name, key=shown["key"])
        self.ledger.cards.append(deeds)
        return deeds

    async def _act(self, deeds: Deeds, chance: random.Random) -> None:
        text = str(uuid.UUID(int=chance.getrandbits(128)))
        match chance.choices(("move", "comment", "give up"), weights=(5, 3, 1))[0]:
            case "move" if len(deeds.moves) % 2 == 0:
                await self._move(deeds, "go", "left", "right")
            case "move":
                await self._move(deeds, "return", "right", "left")
            case "comment":
                await self._send(f"/cards/{deeds.key}/comments", {"text": text})
                _note_comment(deeds, text)
            case _:
                await self._comment_once(deeds, text)

    async def _move(self, deeds: Deeds, way: str, source: str, target: str) -> None:
        await self._send(f"/cards/{deeds.key}/moves", {"transition": way})
        deeds.moves.append((source, target))
        deeds.wishes.append(MoveCard(transition=TransitionId(way)))

    async def _comment_once(self, deeds: Deeds, text: str) -> None:
        status = await self._post(f"/cards/{deeds.key}/comments", {"text": text}, _a_key())
        if status is None:
            deeds.perhaps.append(text)
        else:
            _note_comment(deeds, text)

    async def _send(self, path: str, body: dict[str, Any], key: str | None = "") -> dict[str, Any]:
        """Sends it until it is acknowledged; what the answer says."""
        headers = _a_key() if key == "" else {}
        while True:
            shown = await self._post(path, body, headers)
            if shown is not None:
                return shown
            await asyncio.sleep(_TRY_AGAIN)

    async def _post(
        self, path: str, body: dict[str, Any], headers: dict[str, str]
    ) -> dict[str, Any] | None:
        """The acknowledgement; None where there is none.

        Raises:
            Refused: Trying again would not help.
        """
        try:
            answer = await self.client.post(path, json=body, headers=headers)
        except httpx.HTTPError as error:
            self.ledger.answers[type(error).__name__] += 1
            return None
        self.ledger.answers[str(answer.status_code)] += 1
        if answer.is_success:
            shown: dict[str, Any] = answer.json()
            return shown
        if answer.status_code not in _AGAIN:
            self.ledger.refusals.append(f"POST {path}: {answer.status_code} {answer.text[:300]}")
            if answer.is_client_error:
                raise Refused(path)
        return None


@asynccontextmanager
async def going_on(load: Load) -> AsyncIterator[None]:
    """Everybody works until the block ends, and finishes what they are about.

    Who cannot, as what they send is not acknowledged any more, stands in the ledger as stuck.
    """
    work = [load.person(number) for number in range(1, _PEOPLE + 1)]
    work += [load.maker("watched", "what", "Kettle"), load.maker("goals", "name", "Goal")]
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
        load.stopping.set()
        ended, going = await asyncio.wait(tasks, timeout=_FINISHES_WITHIN)
        load.ledger.stuck = len(going)
        for task in ended:
            task.result()
    finally:
        for task in tasks:
            task.cancel()


def _note_comment(deeds: Deeds, text: str) -> None:
    deeds.comments.append(text)
    deeds.wishes.append(AddComment(text=text))


def _a_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}
