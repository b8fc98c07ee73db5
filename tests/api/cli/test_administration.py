"""Commands on a running installation: people, tokens, pipes, the sample; and `up` saying no."""

import asyncio
import json
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from api.cli.exits import trouble_of
from engine.store.database import Database
from tests.api.cli.running import REFUSED, WRONG_USAGE, YES, here, lines, run, says_in_a_line
from tests.api.errands import ERRANDS
from tests.api.people import Person, browser, program
from tests.servers.installation import Installation
from tests.servers.postgres import PostgresServer
from tests.servers.process import free_port

SHIPPED = Path(__file__).parents[3] / "pipe_definitions" / "product-lifecycle.json"


def at(house: Installation, *arguments: str) -> CompletedProcess[str]:
    return here(*arguments, PHASELINE_DATA=str(house.data))


async def test_people_are_added_and_get_one_time_passwords(house: Installation) -> None:
    added = await asyncio.to_thread(
        at, house, "user", "add", "zoe", "--name", "Zoe", "--role", "author"
    )
    assert added.returncode == YES, added.stderr
    renewed = await asyncio.to_thread(at, house, "user", "passwd", "zoe")
    assert renewed.returncode == YES, renewed.stderr
    first, second = added.stdout.split()[-1], renewed.stdout.split()[-1]
    async with browser(house) as pages:
        old = await pages.post("/sign-in", data={"user": "zoe", "password": first})
        assert old.status_code == 422
        new = await pages.post("/sign-in", data={"user": "zoe", "password": second})
        assert (new.status_code, new.headers["location"]) == (303, "/profile/password")


def test_people_who_are_not_there_or_cannot_be(house: Installation, owner: Person) -> None:
    says_in_a_line(at(house, "user", "add", "owner", "--name", "O"), REFUSED, "owner")
    says_in_a_line(at(house, "user", "add", "Zoë", "--name", "Zoë"), WRONG_USAGE, "Zoë")
    says_in_a_line(at(house, "user", "passwd", "nobody"), REFUSED, "nobody")
    says_in_a_line(at(house, "user", "role", "owner", "king"), WRONG_USAGE, "king")
    says_in_a_line(at(house, "team", "join", "nowhere", "owner"), REFUSED, "nowhere")
    says_in_a_line(at(house, "token", "create", "nobody"), REFUSED, "nobody")
    says_in_a_line(
        at(house, "token", "create", "owner", "--scope", "all"), WRONG_USAGE, "cards:read"
    )


async def test_teams_roles_and_tokens_are_what_the_api_then_says(
    house: Installation, owner: Person
) -> None:
    for command in (
        ("user", "add", "yul", "--name", "Yul"),
        ("user", "role", "yul", "director", "--pipe", "errands"),
        ("team", "add", "movers", "--name", "Movers"),
        ("team", "join", "movers", "yul", "--lead"),
    ):
        done = await asyncio.to_thread(at, house, *command)
        assert done.returncode == YES, done.stderr
    said = await asyncio.to_thread(at, house, "team", "list", "--json")
    assert {"id": "movers", "name": "Movers", "members": ["yul"], "leads": ["yul"]} in lines(
        said.stdout
    )
    made = await asyncio.to_thread(at, house, "token", "create", "yul", "--scope", "cards:read")
    async with program(house, made.stdout.strip()) as client:
        me = (await client.get("/me")).json()
    assert (me["id"], me["teams"], me["leads"]) == ("yul", ["movers"], ["movers"])
    assert me["roles"] == {"errands": ["director"]}
    assert me["scopes"] == ["cards:read"]


def errands_called(name: str) -> dict[str, object]:
    """The errands as another pipe, whose cards have keys of their own."""
    return {**ERRANDS, "id": name, "card": {**ERRANDS["card"], "key": name[:4].upper()}}


def test_what_is_exported_is_what_was_published_to_the_byte(
    house: Installation, owner: Person, tmp_path: Path
) -> None:
    file = tmp_path / "parcels.json"
    file.write_text(json.dumps(errands_called("parcels"), indent=3) + "\n\n", encoding="utf-8")
    first = at(house, "publish", str(file))
    assert (first.returncode, "version 1, published" in first.stdout) == (YES, True)
    again = at(house, "publish", "--json", str(file))
    assert lines(again.stdout)[0]["is_new"] is False
    exported = at(house, "export", "parcels")
    assert exported.stdout.encode() == file.read_bytes()
    says_in_a_line(at(house, "export", "nowhere"), REFUSED, "nowhere")
    says_in_a_line(at(house, "export", "parcels", "--version", "9"), REFUSED, "parcels")


async def test_a_pipe_has_a_history_and_is_retired_and_restored(
    house: Installation, owner: Person, tmp_path: Path
) -> None:
    file = tmp_path / "favours.json"
    for name in ("Favours", "Kindnesses"):
        file.write_text(json.dumps({**errands_called("favours"), "name": name}), encoding="utf-8")
        done = await asyncio.to_thread(at, house, "publish", str(file), "--by", "ana")
        assert done.returncode == YES, done.stdout

    told = await asyncio.to_thread(at, house, "versions", "favours", "--json")
    asked = (await owner.api.get("/pipes/favours/versions")).json()["items"]
    for versions in (lines(told.stdout), asked):
        assert [(each["version"], each["published_by"]) for each in versions] == [
            (2, "ana"),
            (1, "ana"),
        ]
        assert versions[0]["changes"] == ["Pipe: name Favours → Kindnesses."]
        assert versions[1]["changes"] == []
    said = await asyncio.to_thread(at, house, "versions", "favours")
    assert "UTC by ana" in said.stdout

    card = {"fields": {"what": "Post a letter"}}
    assert (await owner.api.post("/pipes/favours/cards", json=card)).status_code == 201
    assert (await asyncio.to_thread(at, house, "retire", "favours")).returncode == YES
    refused = await owner.api.post("/pipes/favours/cards", json=card)
    assert [each["code"] for each in refused.json()["reasons"]] == ["pipe_retired"]
    assert (await owner.api.post("/pipes/favours/restore")).status_code == 204
    assert (await owner.api.post("/pipes/favours/cards", json=card)).status_code == 201
    assert (await owner.api.post("/pipes/favours/retire")).status_code == 204
    listed = (await owner.api.get("/pipes")).json()["items"]
    assert [pipe["retired"] for pipe in listed if pipe["id"] == "favours"] == [True]
    undone = await asyncio.to_thread(at, house, "retire", "--undo", "favours")
    assert "begin again" in undone.stdout
    for command in (("versions", "nowhere"), ("retire", "nowhere")):
        done = await asyncio.to_thread(at, house, *command)
        says_in_a_line(done, REFUSED, "nowhere")
    assert (await owner.api.post("/pipes/nowhere/retire")).status_code == 404
    assert (await owner.api.get("/pipes/nowhere/versions")).status_code == 404


def test_a_shipped_pipe_comes_back_as_it_is_in_its_file(house: Installation) -> None:
    exported = at(house, "export", "product-lifecycle")
    assert exported.stdout.encode() == SHIPPED.read_bytes()


def test_a_definition_with_errors_is_not_published(
    house: Installation, owner: Person, tmp_path: Path
) -> None:
    file = tmp_path / "broken.json"
    file.write_text(json.dumps({**ERRANDS, "id": "broken", "fazes": []}), encoding="utf-8")
    done = at(house, "publish", str(file))
    assert done.returncode == REFUSED
    assert "not published" in done.stdout
    assert "error" in done.stdout
    assert at(house, "export", "broken").returncode == REFUSED


# --- where it cannot run --------------------------------------------------------------------------


def test_a_second_one_on_the_same_folder_says_so(house: Installation) -> None:
    done = run("up", "--port", str(free_port()), "--data", house.data)
    says_in_a_line(done, REFUSED, "Another `phaseline up`", str(house.data), "--data")


def test_a_busy_port_is_named(house: Installation, tmp_path: Path) -> None:
    done = run("up", "--port", str(house.port), "--data", tmp_path / "data")
    says_in_a_line(done, REFUSED, str(house.port), "--port")


@pytest.mark.parametrize("kind", ["a file", "below a file", "no folder of ours"])
def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "file"
    file.write_text("x", encoding="utf-8")
    data = {"a file": file, "below a file": file / "data", "no folder of ours": Path("/proc/data")}
    done = run("up", "--port", str(free_port()), "--data", data[kind])
    says_in_a_line(done, REFUSED, str(data[kind]), "--data")


def test_a_database_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "phaseline.db").write_bytes(b"not a database" * 100)
    done = run("up", "--port", str(free_port()), "--data", tmp_path)
    says_in_a_line(done, REFUSED, "phaseline.db")


def test_a_setting_that_is_none_is_named() -> None:
    says_in_a_line(here("up", PHASELINE_PROT="1"), WRONG_USAGE, "PHASELINE_PROT", "PHASELINE_PORT")
    says_in_a_line(here("up", PHASELINE_PORT="many"), WRONG_USAGE, "PHASELINE_PORT", "many")


def test_the_sample_needs_a_running_installation(tmp_path: Path) -> None:
    says_in_a_line(run("seed", PHASELINE_DATA=str(tmp_path)), REFUSED)


def test_a_database_that_is_busy_is_said_in_a_line(house: Installation, owner: Person) -> None:
    """Whoever writes for longer than a command waits: ten seconds."""
    with closing(sqlite3.connect(house.data / "phaseline.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = run("user", "passwd", "owner", PHASELINE_DATA=str(house.data))
        other.execute("ROLLBACK")

    says_in_a_line(done, 75, "busy", "again")


def test_a_database_that_is_away_is_said_in_a_line() -> None:
    address = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    says_in_a_line(
        run("user", "passwd", "owner", PHASELINE_DATABASE_URL=address), 75, "does not answer"
    )


def test_a_database_that_no_name_leads_to_is_said_in_a_line() -> None:
    address = "postgresql://nobody@nowhere.invalid/none"
    says_in_a_line(run("audit", PHASELINE_DATABASE_URL=address), 75, "does not answer")


async def test_a_database_that_lets_nobody_in_is_said_in_a_line(postgres: PostgresServer) -> None:
    for name, says in {"postgres": "phaseline migrate", "nowhere": "does not exist"}.items():
        address = postgres.url(name)
        done = await asyncio.to_thread(
            run, "versions", "errands", PHASELINE_DATABASE_URL=address, LC_ALL="C"
        )
        says_in_a_line(done, REFUSED, says)


async def test_migrating_says_where_the_tables_are(postgres: PostgresServer) -> None:
    name = f"migrating_{uuid.uuid4().hex}"
    address = await postgres.create(name)
    database = Database(address)
    try:
        await database.migrate()
        back = await asyncio.to_thread(
            run, "migrate", "--back-to", "-1", PHASELINE_DATABASE_URL=address
        )
        assert back.stdout == f"The tables are at {(await database.schema()).found}.\n"
        nowhere = await asyncio.to_thread(
            run, "migrate", "--back-to", "nowhere", PHASELINE_DATABASE_URL=address
        )
        says_in_a_line(nowhere, REFUSED, "nowhere")
        async with database.writing() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = 'of_tomorrow'"))
            await connection.execute(text("ALTER TABLE secrets RENAME TO hidden"))
        unfit = await asyncio.to_thread(run, "migrate", PHASELINE_DATABASE_URL=address)
        says_in_a_line(unfit, REFUSED, "of_tomorrow", "missing: secrets", "--back-to")
    finally:
        await database.close()
        await postgres.drop(name)


def test_migrating_makes_the_data_folder_that_others_miss(tmp_path: Path) -> None:
    new = {"PHASELINE_DATA": str(tmp_path / "new" / "data")}
    says_in_a_line(run("audit", **new), REFUSED, "PHASELINE_DATA", "phaseline migrate")

    assert "one-time password" in run("migrate", **new).stdout
    assert run("audit", **new).returncode == YES


def test_a_backup_that_cannot_be_made_is_said_in_a_line(
    house: Installation, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    for target, says in {
        house.data / "copy": "inside",
        tmp_path: "not empty",
        tmp_path / "file" / "copy": "not whole",
    }.items():
        says_in_a_line(at(house, "backup", str(target)), REFUSED, str(target), says)
    assert not (house.data / "copy").exists()


def test_a_disk_that_is_full_is_said_in_a_line() -> None:
    trouble = trouble_of(
        OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))
    )

    assert trouble is not None
    assert trouble.code == 75
    assert "Make room" in trouble.line


def test_a_port_that_is_taken_is_said_in_a_line(house: Installation) -> None:
    taken = {"PHASELINE_HOST": "127.0.0.1", "PHASELINE_METRICS_PORT": str(house.port)}
    says_in_a_line(run("worker", **taken), REFUSED, str(house.port), "PHASELINE_METRICS_PORT")
