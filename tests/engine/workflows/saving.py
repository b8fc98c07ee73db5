"""Saves histories for later versions to replay: `python -m tests.engine.workflows.saving`.

What is saved stays: a change that cannot replay it would break cards that are under way.
"""

import asyncio
import tempfile
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from engine.core.card import Card
from engine.core.commands import (
    AddComment,
    AssignCard,
    EditCard,
    HoldCard,
    MoveCard,
    ReopenCard,
    ResumeCard,
    Wish,
)
from engine.runtime.exits import leave
from engine.workflows.messages import Limits
from pipes.identifiers import FieldId, PhaseId, TransitionId, UserId
from tests.engine.replaying import settled_histories
from tests.engine.running import Engine, an_engine
from tests.servers.temporal import temporal_server

FOLDER = Path(__file__).parents[2] / "data" / "histories"

LIFE: tuple[Wish, ...] = (
    EditCard(values={FieldId("notes"): "Two litres"}, labels=("shop",), priority="high"),
    AssignCard(assignees=(UserId("ana"),)),
    MoveCard(transition=TransitionId("start"), comment="Now"),
    HoldCard(reason="The shop is closed"),
    ResumeCard(),
    MoveCard(transition=TransitionId("back")),
    AddComment(text="Again tomorrow"),
    MoveCard(transition=TransitionId("start")),
    MoveCard(transition=TransitionId("finish")),
    ReopenCard(reason="The wrong milk", to=PhaseId("doing")),
    MoveCard(transition=TransitionId("finish")),
)


async def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with temporal_server(Path(folder)) as server:
            client = await Client.connect(server.address, data_converter=pydantic_data_converter)
            await save(client, Path(folder) / "one", "a-life-in-one-run", Limits())
            await save(client, Path(folder) / "many", "a-life-in-many-runs", Limits(commands=3))


async def save(client: Client, folder: Path, name: str, limits: Limits) -> None:
    folder.mkdir()
    async with an_engine(client, folder, limits=limits) as engine, engine.worker():
        card = await lives(engine)
        for number, history in enumerate(
            await settled_histories(client, card.identity.id), start=1
        ):
            path = FOLDER / f"{name}-{number}.json"
            path.write_text(history.to_json() + "\n", encoding="utf-8")


async def lives(engine: Engine) -> Card:
    card = await engine.create()
    for wish in LIFE:
        await engine.does(card, wish)
    return card


if __name__ == "__main__":
    asyncio.run(main())
    leave(0)
