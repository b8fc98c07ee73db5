"""Saves histories for later versions to replay: `python -m tests.engine.workflows.saving`.

What is saved stays: a change that cannot replay it would break cards that are under way. Beside
each history stands the card at its end, which no later version may make another of.
"""

import asyncio
import json
import tempfile
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client, WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from engine.core.card import Card
from engine.core.commands import (
    AcceptHandoff,
    AddComment,
    ApproveRequest,
    AssignCard,
    EditCard,
    HoldCard,
    MoveCard,
    RejectRequest,
    ReopenCard,
    ResumeCard,
    ReturnHandoff,
    Wish,
)
from engine.encoding import encoded_card
from engine.gateway.cards import workflow_id
from engine.runtime.converting import data_converter
from engine.runtime.exits import leave
from engine.workflows.messages import Limits
from pipes.identifiers import FieldId, PhaseId, TransitionId, UserId
from tests.engine.months import months
from tests.engine.replaying import end_of, settled_histories
from tests.engine.running import Engine, an_engine
from tests.engine.workflows.features import FEATURES, staff
from tests.servers.temporal import temporal_server, time_skipping_environment

FOLDER = Path(__file__).parents[2] / "data" / "histories"
END = ".card"

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

# Who does what, and how many days pass then.
MONTHS: tuple[tuple[str, Wish, int], ...] = (
    ("ana", EditCard(values={FieldId("waiting"): True}), 3),
    ("ana", EditCard(values={FieldId("waiting"): False}), 9),
    ("bo", MoveCard(transition=TransitionId("to-design")), 1),
    ("p1", RejectRequest(comment="Too vague"), 0),
    ("bo", MoveCard(transition=TransitionId("to-design")), 1),
    ("p1", ApproveRequest(), 6),
    ("cy", ApproveRequest(), 0),
    ("bo", EditCard(values={FieldId("problem"): "Notes are lost"}), 1),
    ("p1", ApproveRequest(), 0),
    ("p2", ApproveRequest(), 9),
    ("cy", ReturnHandoff(reason="No sketches"), 1),
    ("bo", MoveCard(transition=TransitionId("to-design")), 1),
    ("p1", ApproveRequest(), 0),
    ("p2", ApproveRequest(), 0),
    ("dee", ApproveRequest(), 1),
    ("cy", AcceptHandoff(), 2),
    ("cy", HoldCard(reason="Legal"), 20),
    ("cy", ResumeCard(), 1),
    ("cy", MoveCard(transition=TransitionId("back")), 40),
)


async def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with temporal_server(Path(folder)) as server:
            client = await Client.connect(server.address, data_converter=data_converter)
            await save(client, Path(folder) / "one", "a-life-in-one-run", Limits())
            await save(client, Path(folder) / "many", "a-life-in-many-runs", Limits(commands=3))
        async with time_skipping_environment() as environment:
            await save_months(environment, Path(folder) / "months")


async def save_months(environment: WorkflowEnvironment, folder: Path) -> None:
    """The life of a card that waits for people, is late and moves by itself, over months."""
    folder.mkdir()
    async with months(environment, folder) as world, world.engine.worker():
        await staff(world.engine)
        card = await world.create(await world.publish(FEATURES), name="Offline mode")
        for who, wish, days in MONTHS:
            await world.does(card, who, wish)
            await world.passes(card, timedelta(days=days))
        handle = world.engine.client.get_workflow_handle(workflow_id(card.identity.id))
        await write("months-of-waiting-1", await handle.fetch_history())


async def write(name: str, history: WorkflowHistory) -> None:
    path = FOLDER / f"{name}.json"
    path.write_text(history.to_json() + "\n", encoding="utf-8")
    end = json.loads(encoded_card(await end_of(history)))
    path.with_suffix(END).write_text(json.dumps(end, indent=1) + "\n", encoding="utf-8")


async def save(client: Client, folder: Path, name: str, limits: Limits) -> None:
    folder.mkdir()
    async with an_engine(client, folder, limits=limits) as engine, engine.worker():
        card = await lives(engine)
        for number, history in enumerate(
            await settled_histories(client, card.identity.id), start=1
        ):
            await write(f"{name}-{number}", history)


async def lives(engine: Engine) -> Card:
    card = await engine.create()
    for wish in LIFE:
        await engine.does(card, wish)
    return card


if __name__ == "__main__":
    asyncio.run(main())
    leave(0)
