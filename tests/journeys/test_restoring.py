"""An installation is restored: every card comes back at its last acknowledged version."""

import shutil
import uuid
from pathlib import Path

import httpx

from tests.journeys.test_kills import ROUNDS, create, move
from tests.servers.installation import Installation


async def test_a_lost_database_comes_back_with_what_was_acknowledged_after_the_backup(
    house: Installation, tmp_path: Path
) -> None:
    """The record is set back; Temporal's store has the rest."""
    backup = tmp_path / "backup"
    async with house.client() as client:
        await publish(client)
        early = await create(client, "Early")
        await move(client, early, "go", a_key())
        assert house.command("backup", str(backup)).returncode == 0
        after = await move(client, early, "return", a_key())
        late = await create(client, "Late")
        newest = await move(client, late, "go", a_key())
    assert house.ask_to_stop() == 0
    for part in house.data.glob("phaseline.db*"):
        part.unlink()
    shutil.copy(backup / "phaseline.db", house.data)

    await house.start()
    assert house.command("reconcile").returncode == 1
    rebuilt = house.command("rebuild", "--all")
    assert rebuilt.returncode == 0, rebuilt.stderr
    await hold_to(house, {early: after["version"], late: newest["version"]})


async def test_a_lost_folder_comes_back_as_it_was_when_it_was_backed_up(
    house: Installation, tmp_path: Path
) -> None:
    """Temporal's store is older than the record, as it was copied first."""
    older, backup = tmp_path / "older", tmp_path / "backup"
    async with house.client() as client:
        await publish(client)
        card = await create(client, "Runner")
        assert house.command("backup", str(older)).returncode == 0
        moved = await move(client, card, "go", a_key())
        attached = await client.post(
            f"/cards/{card}/attachments", files={"file": ("a.txt", b"kept")}
        )
        moved = attached.json()
        assert house.command("backup", str(backup)).returncode == 0
    assert house.ask_to_stop() == 0
    shutil.rmtree(house.data)
    shutil.copytree(backup, house.data)
    shutil.copy(older / "temporal" / "temporal.db", house.data / "temporal")

    await house.start()
    rebuilt = house.command("rebuild", "--all")
    assert rebuilt.returncode == 0, rebuilt.stderr
    await hold_to(house, {card: moved["version"]})
    async with house.client() as client:
        (file,) = (await client.get(f"/cards/{card}/attachments")).json()["items"]
        sent = await client.get(f"/cards/{card}/attachments/{file['id']}")
    assert sent.content == b"kept"


async def test_without_temporals_store_every_card_begins_anew_from_the_record(
    house: Installation,
) -> None:
    async with house.client() as client:
        await publish(client)
        card = await create(client, "Runner")
        moved = await move(client, card, "go", a_key())
    assert house.ask_to_stop() == 0
    shutil.rmtree(house.data / "temporal")

    await house.start()
    rebuilt = house.command("rebuild", "--all")
    assert rebuilt.returncode == 0, rebuilt.stderr
    await hold_to(house, {card: moved["version"]})


async def hold_to(house: Installation, versions: dict[str, int]) -> None:
    """Every card is at that version, nothing differs, and it goes on."""
    compared = house.command("reconcile")
    assert compared.returncode == 0, compared.stdout
    async with house.client() as client:
        for card, version in versions.items():
            found = await shown(client, card)
            assert found["version"] == version
            way = "return" if found["phase"] == "right" else "go"
            assert (await move(client, card, way, a_key()))["version"] > version


async def publish(client: httpx.AsyncClient) -> None:
    answer = await client.post("/pipes", json=ROUNDS)
    assert answer.is_success, answer.text


async def shown(client: httpx.AsyncClient, card: str) -> dict[str, object]:
    answer = await client.get(f"/cards/{card}")
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def a_key() -> str:
    return str(uuid.uuid4())
