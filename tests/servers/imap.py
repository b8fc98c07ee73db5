"""A mail server whose mailbox can be read by IMAP, as a process of its own."""

import imaplib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import free_port, start, until_it_listens

USER, PASSWORD = "replies", "secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxServer:
    port: int

    def _opened(self) -> imaplib.IMAP4:
        connection = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        connection.login(USER, PASSWORD)
        connection.select("INBOX")
        return connection

    def deliver(self, raw: bytes) -> None:
        """Puts a mail into the mailbox."""
        connection = self._opened()
        state, said = connection.append("INBOX", "", "", raw)
        connection.logout()
        assert state == "OK", said

    def unread(self) -> int:
        connection = self._opened()
        found = connection.uid("SEARCH", "UNSEEN")[1][0]
        connection.logout()
        return len(found.split())


@asynccontextmanager
async def mailbox_server(
    folder: Path, *options: str, port: int | None = None
) -> AsyncIterator[MailboxServer]:
    """An empty mailbox on this machine; without encryption, unless the options say otherwise."""
    server = MailboxServer(port=port or free_port())
    command = [str(Path(sys.executable).with_name("pymap")), "--host", "127.0.0.1"]
    listening = ["--port", str(server.port), *(options or ("--no-tls",))]
    user = ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
    process = start([*command, *listening, *user], log=folder / "imap.log")
    try:
        await until_it_listens(process, server.port, log=folder / "imap.log")
        yield server
    finally:
        process.kill()
        process.wait()
