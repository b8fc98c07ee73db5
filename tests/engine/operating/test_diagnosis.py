"""`doctor` names what is not well, and says what to do about it."""

import contextlib
import json
import re
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import insert

from engine.core.commands import AddComment
from engine.gateway import GatewayError, utc_now
from engine.operating.diagnosis import Check, examine
from engine.runtime.sealing import new_key
from engine.runtime.settings import Settings
from engine.store import intents
from engine.store.tables import effects
from tests.engine.running import Engine, a_command, a_key, eventually_so
from tests.servers.s3 import BUCKET, SIGNED_IN, s3_server
from tests.servers.temporal import TemporalServer


@pytest.fixture
def settings(
    engine: Engine, temporal: TemporalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.address)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "default")
    return Settings(data=tmp_path, task_queue=engine.task_queue)


async def checks(settings: Settings, **clock: timedelta) -> dict[str, Check]:
    """By subject; of several about one, the worst."""
    ahead = clock.get("ahead", timedelta(0))
    order = ("well", "warning", "fault")
    found: dict[str, Check] = {}
    async for check in examine(settings, clock=lambda: utc_now() + ahead):
        known = found.get(check.subject)
        if known is None or order.index(check.state) > order.index(known.state):
            found[check.subject] = check
    return found


async def test_an_installation_at_work_is_well(settings: Settings):
    found = await checks(settings)

    assert set(found) >= {"disk", "database", "clock", "files", "Temporal", "workers", "cards"}
    assert {name: check.state for name, check in found.items()} == dict.fromkeys(found, "well")


async def test_nobody_at_work_is_a_fault(settings: Settings):
    idle = settings.model_copy(update={"task_queue": "nobody-is-here"})
    found = await checks(idle)

    assert found["workers"].state == "fault"
    assert "phaseline worker" in found["workers"].advice


async def test_a_folder_in_which_no_files_can_be_kept_is_a_fault(settings: Settings):
    (settings.data / "files").write_text("in the way", encoding="utf-8")
    found = await checks(settings)

    assert found["files"].state == "fault"
    assert str(settings.data / "files") in found["files"].message
    assert "PHASELINE_DATA" in found["files"].advice


async def test_a_bucket_is_looked_at_by_keeping_a_file(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name, value in SIGNED_IN.items():
        monkeypatch.setenv(name, value)
    async with s3_server(tmp_path) as address:
        bucket = {"s3_endpoint": address, "s3_region": "us-east-1", "s3_prefix": "files/"}
        there = settings.model_copy(update={"s3_bucket": BUCKET, **bucket})
        not_there = settings.model_copy(update={"s3_bucket": "no-such-bucket", **bucket})

        assert (await checks(there))["files"].state == "well"
        missing = (await checks(not_there))["files"]

    assert missing.state == "fault"
    assert "PHASELINE_S3_BUCKET" in missing.advice


async def test_a_database_of_its_own_needs_a_key_for_secrets(settings: Settings):
    elsewhere = settings.model_copy(update={"database_url": settings.database})
    keyed = elsewhere.model_copy(update={"secrets_key": SecretStr(new_key())})

    assert (await checks(settings))["secrets"].state == "well"
    assert (await checks(keyed))["secrets"].state == "well"
    missing = (await checks(elsewhere))["secrets"]
    assert missing.state == "warning"
    assert "PHASELINE_SECRETS_KEY" in missing.advice


async def test_a_clock_that_is_wrong_is_a_fault(settings: Settings):
    found = await checks(settings, ahead=timedelta(minutes=-1))

    assert found["clock"].state == "fault"
    assert re.search(r"(59|60) s ahead of", found["clock"].message)


async def test_tables_of_another_version_are_a_fault(settings: Settings, tmp_path: Path):
    empty = settings.model_copy(update={"data": tmp_path / "new"})
    (tmp_path / "new").mkdir()
    found = await checks(empty)

    assert found["database"].state == "fault"
    assert "phaseline migrate" in found["database"].advice


async def test_a_database_that_does_not_answer_is_a_fault(settings: Settings):
    elsewhere = settings.model_copy(update={"database_url": "postgresql://x@127.0.0.1:1/x"})
    found = await checks(elsewhere)

    assert found["database"].state == "fault"
    assert "PHASELINE_DATABASE_URL" in found["database"].advice


async def test_temporal_that_does_not_answer_is_a_fault(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    found = await checks(settings)

    assert found["Temporal"].state == "fault"
    assert "TEMPORAL_ADDRESS" in found["Temporal"].message


async def test_commands_left_behind_are_counted(settings: Settings, engine: Engine):
    long_ago = utc_now() - timedelta(hours=1)
    async with engine.database.writing() as connection:
        await intents.begin(connection, key=a_key("lost"), card="x", body_hash="0d", now=long_ago)

    assert (await checks(settings))["commands"].state == "warning"


async def test_a_card_that_cannot_go_on_is_named(settings: Settings, engine: Engine):
    card = await engine.create()
    with sqlite3.connect(engine.database_file) as connection:
        connection.execute("UPDATE cards SET digest = 'forged'")
    connection.close()
    gateway = engine.a_gateway(patience=timedelta(seconds=1))

    async def is_named() -> bool:
        # Temporal forgets a command for which nobody waits; here people keep trying.
        with contextlib.suppress(GatewayError):
            await gateway.send(card.identity.id, a_command(AddComment(text="Anybody there?")))
        found = (await checks(settings))["cards"]
        return found.state == "fault" and card.identity.id in found.message

    await eventually_so(is_named, within=90)
    neighbour = settings.model_copy(update={"task_queue": "another-installation"})
    assert (await checks(neighbour))["cards"].state == "well"


async def test_orders_of_an_unknown_kind_are_named(settings: Settings, engine: Engine):
    async with engine.database.writing() as connection:
        order = {"card": "c", "sequence": 1, "position": 0, "effect": {"kind": "send_pigeons"}}
        row = {"order": json.dumps(order), "created_at": engine.clock()}
        await connection.execute(insert(effects), [row, row])

    found = await checks(settings)

    assert found["orders"].state == "warning"
    assert "2 × send_pigeons" in found["orders"].message
    assert "run one again" in found["orders"].advice
