"""People are told of what concerns them: who may know of it, by the ways they chose, once."""

import json
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engine.core.card import Card
from engine.core.channels import Choices
from engine.core.commands import AddComment, MigrateCard, MigrationPlan
from engine.core.notices import WITHHELD, Notice, NoticeKind
from engine.gateway import Definitions, utc_now
from engine.publishing import Publication, publish
from engine.store import notices, outbox, people
from engine.store.notices import StoredNotice
from engine.store.outbox import Waiting
from engine.store.queries.filters import Viewer
from engine.workflows.effects import effect_workflow_id
from engine.workflows.messages import TellRequest
from pipes.identifiers import UserId
from tests.engine.running import Engine, a_user, an_engine, eventually_so
from tests.engine.workflows.errands import DOCUMENT, ERRANDS
from tests.servers.smtp import MailServer, mail_server
from workers.telling import DatabaseMessenger

if TYPE_CHECKING:
    from temporalio.client import Client

BY_APP_ONLY: Choices = {("mentioned", "mail"): False}
BY_MAIL_ONLY: Choices = {("mentioned", "app"): False}


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
async def engine(
    engine_client: "Client", tmp_path: Path, server: MailServer
) -> AsyncIterator[Engine]:
    """An engine that hands mails to the server."""
    configured = {
        "smtp_host": "127.0.0.1",
        "smtp_port": server.port,
        "smtp_security": "none",
        "public_url": "https://flow.example.com",
    }
    made = an_engine(engine_client, tmp_path, configured=configured)
    async with made as engine, engine.worker():
        yield engine


@pytest.fixture
async def cleo(engine: Engine) -> str:
    """Somebody who gets mail; their post is no other test's."""
    user = a_user(f"cleo-{uuid.uuid4().hex[:8]}", "member")
    async with engine.database.writing() as connection:
        await people.add_user(connection, replace(user, name="Cleo", email="cleo@example.com"))
    return user.id


async def told(engine: Engine, user: str) -> tuple[StoredNotice, ...]:
    async with engine.database.reading() as connection:
        return await notices.list_notices(connection, Viewer(user=user, sees_all=True), limit=50)


async def choose(engine: Engine, user: str, choices: Choices) -> None:
    async with engine.database.writing() as connection:
        await notices.write_choices(connection, user, choices)


async def mention(engine: Engine, user: str) -> None:
    """Ana mentions somebody on a new card, and whoever is to be told of it has been told."""
    card = await engine.create()
    await engine.does(card, AddComment(text=f"@{user}, have a look"))
    async with engine.database.reading() as connection:
        waiting = await outbox.first(connection, limit=10)
    await engine.relay.pass_on()
    for each in waiting:
        assert isinstance(each, Waiting)
        await engine.client.get_workflow_handle(effect_workflow_id(each.order)).result()


async def test_who_is_mentioned_reads_it_in_the_app_and_gets_a_mail(
    engine: Engine, server: MailServer, cleo: str
):
    await mention(engine, cleo)

    async def has_arrived() -> bool:
        return bool(server.received)

    await eventually_so(has_arrived)
    (notice,) = await told(engine, cleo)
    (mail,) = server.to("cleo@example.com")
    sentence = "You are mentioned in a comment on ERR-1 “Buy milk”."
    assert (notice.key, notice.kind, notice.text) == ("ERR-1", "mentioned", sentence)
    assert mail["Subject"] == sentence
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        assert "https://flow.example.com/cards/ERR-1" in body.get_content()


CHOSEN: Mapping[str, tuple[Choices, bool, bool]] = {
    "the app only": (BY_APP_ONLY, True, False),
    "mail only": (BY_MAIL_ONLY, False, True),
    "neither": ({**BY_APP_ONLY, **BY_MAIL_ONLY}, False, False),
}


@pytest.mark.parametrize("case", CHOSEN)
async def test_everybody_is_told_by_the_ways_that_they_chose(
    engine: Engine, server: MailServer, cleo: str, case: str
):
    choices, in_app, by_mail = CHOSEN[case]
    await choose(engine, cleo, choices)
    await mention(engine, cleo)
    await choose(engine, cleo, {})
    await mention(engine, cleo)

    async def has_arrived() -> bool:
        return any("ERR-2" in mail.as_string() for mail in server.received)

    await eventually_so(has_arrived)
    keys = {notice.key for notice in await told(engine, cleo)}
    mailed = {key for key in ("ERR-1", "ERR-2") for mail in server.received if key in str(mail)}
    assert ("ERR-1" in keys, "ERR-1" in mailed) == (in_app, by_mail)


async def test_who_may_not_see_the_card_is_not_told_of_it(engine: Engine, cleo: str):
    async with engine.database.writing() as connection:
        await people.set_installation_role(connection, cleo, "guest")
    await mention(engine, cleo)
    async with engine.database.writing() as connection:
        await people.set_installation_role(connection, cleo, "member")
    await mention(engine, cleo)

    assert [notice.key for notice in await told(engine, cleo)] == ["ERR-2"]


async def test_what_was_read_stays_read_and_only_ones_own(engine: Engine, cleo: str):
    await choose(engine, cleo, BY_APP_ONLY)
    await mention(engine, cleo)
    await mention(engine, cleo)

    newest, oldest = await told(engine, cleo)
    seeing = Viewer(user=cleo, sees_all=True)
    async with engine.database.writing() as connection:
        at = newest.at
        await notices.mark_read(connection, "ana", at=at, ids=[newest.id])
        assert await notices.count_unread(connection, cleo, now=utc_now()) == 2
        await notices.mark_read(connection, cleo, at=at, ids=[newest.id])
        assert await notices.count_unread(connection, cleo, now=utc_now()) == 1
        unread = await notices.list_notices(connection, seeing, limit=9, only_unread=True)
        assert unread == (oldest,)
        older = await notices.list_notices(
            connection, seeing, limit=9, before=(newest.at, newest.id)
        )
        assert older == (oldest,)
        await notices.mark_read(connection, cleo, at=at)
        assert await notices.count_unread(connection, cleo, now=utc_now()) == 0


# --- what becomes confidential --------------------------------------------------------------------


async def goes_over_where_its_background_is_confidential(engine: Engine, card: Card) -> None:
    document = deepcopy(dict(DOCUMENT))
    fields: dict[str, Any] = document["fields"]  # type: ignore[assignment]  # as authored
    fields["background"]["confidential"] = ["role:admin"]
    fields["notes"] = {"type": "long_text", "label": "Notes", "editable": "always"}
    made = await publish(engine.database, json.dumps(document), by="ana", at=engine.clock())
    assert isinstance(made, Publication), made.findings
    async with engine.database.reading() as connection:
        target = await Definitions().version(connection, ERRANDS, made.version)
    assert target is not None
    wish = MigrateCard(
        definition_version=made.version, definition_hash=target.pinned.hash, plan=MigrationPlan()
    )
    await engine.does(card, wish)


async def test_what_becomes_confidential_is_taken_out_of_what_was_told(engine: Engine, cleo: str):
    """Texts of an automation's author may hold any field; others hold none but the title."""
    card = await engine.create()
    messenger = DatabaseMessenger(engine.database, Definitions(), engine.outgoing.post)

    async def tells(kind: NoticeKind, text: str, sequence: int) -> None:
        notice = Notice(notice_kind=kind, to=(), text=text, people=(UserId(cleo),))
        await messenger.tell(
            TellRequest(id="e", card=card.identity.id, sequence=sequence, notices=(notice,))
        )

    await tells("told", "It costs 12.", card.version)
    await tells("assigned", "It was given to you.", card.version)
    assert {each.text for each in await told(engine, cleo)} == {
        "It costs 12.",
        "It was given to you.",
    }

    await goes_over_where_its_background_is_confidential(engine, card)
    await tells("failed", "It costs 12.", card.version)  # On its way since before.

    texts = {each.kind: each.text for each in await told(engine, cleo)}
    assert texts == {"told": WITHHELD, "assigned": "It was given to you.", "failed": WITHHELD}
