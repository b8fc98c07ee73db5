"""The servers of the tests are real, start quickly, and are gone afterwards."""

import asyncio
import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import asyncpg
from playwright.async_api import Page
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from tests.eventually import eventually
from tests.servers.postgres import PostgresServer

ROOT = Path(__file__).parents[2]


async def connect(server: PostgresServer, database: str) -> asyncpg.Connection:
    return await asyncpg.connect(
        host="127.0.0.1", port=server.port, user="postgres", database=database
    )


async def test_a_database_is_a_copy_of_its_template(postgres: PostgresServer):
    await postgres.create("original")
    original = await connect(postgres, "original")
    await original.execute("CREATE TABLE cards AS SELECT 'first' AS title")
    await original.close()

    url = await postgres.create("copy", template="original")

    copy = await connect(postgres, "copy")
    assert await copy.fetchval("SELECT title FROM cards") == "first"
    await copy.close()
    assert url.endswith("/copy")
    await postgres.drop("copy")
    await postgres.drop("original")


async def test_the_embedded_server_answers(temporal_client: Client):
    assert await temporal_client.service_client.check_health()


async def test_the_clock_of_the_time_skipping_server_jumps(time_skipping: WorkflowEnvironment):
    before = await time_skipping.get_current_time()

    await time_skipping.sleep(timedelta(days=30))

    assert await time_skipping.get_current_time() - before >= timedelta(days=30)


async def test_a_page_runs_in_the_browser(page: Page):
    await page.set_content("<h1>Cards</h1>")

    assert await page.get_by_role("heading").text_content() == "Cards"


KEEPS_A_SERVER = """
import asyncio, pathlib, sys
from tests.eventually import eventually
from tests.servers.postgres import postgres_server
from tests.servers.temporal import temporal_server

async def main() -> None:
    async with postgres_server(), temporal_server(pathlib.Path(sys.argv[1])):
        print("up", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_servers_die_with_the_tests_that_started_them():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        parent = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", KEEPS_A_SERVER, folder),
            cwd=ROOT,
            env=os.environ | {"TMPDIR": folder},
            stdout=asyncio.subprocess.PIPE,
        )
        assert parent.stdout is not None
        assert await parent.stdout.readline() == b"up\n"
        children = children_of(parent.pid)
        assert len(children) == 2

        parent.kill()
        await parent.wait()

        await eventually(lambda: not any(map(is_running, children)))


def children_of(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in listed.split()]


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
