"""Reading the mailbox to which people reply: each mail that is new there is told to its card.

A mail counts as read, by IMAP's own flag, once it has been told or is not wanted. Whoever dies in
between has it told again, which changes nothing; so several workers may read the same mailbox.
"""

import asyncio
import imaplib
import ssl
from contextlib import suppress
from dataclasses import dataclass

import structlog

from engine.gateway import EngineFault, EngineUnavailable
from engine.gateway.incoming import LARGEST_MAIL, Incoming, MailNotWanted
from engine.runtime.settings import Settings
from engine.store.database import UNAVAILABLE, DBAPIError

_WITHIN_SECONDS = 20.0
_EVERY_SECONDS = 15.0
_AT_A_TIME = 50
_FAILURES = (imaplib.IMAP4.error, OSError)

log = structlog.get_logger(__name__)


class MailboxUnreachable(Exception):
    """The mailbox cannot be read now; the message says why."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An open mailbox. Whatever is asked of it waits for the mail server."""

    connection: imaplib.IMAP4

    def unread(self) -> tuple[str, ...]:
        """The mails that count as new, the oldest first."""
        found = self._asked("SEARCH", "UNSEEN")
        return tuple(str(found[0], "ascii").split()) if isinstance(found[0], bytes) else ()

    def content(self, mail: str) -> bytes | None:
        """A mail as it came, or as much of it as shows that it is too large; None if it is gone."""
        fetched = self._asked("FETCH", mail, f"(BODY.PEEK[]<0.{LARGEST_MAIL + 1}>)")
        return next((part[1] for part in fetched if isinstance(part, tuple)), None)

    def note_read(self, mail: str) -> None:
        """Has a mail count as read."""
        self._asked("STORE", mail, "+FLAGS.SILENT", r"(\Seen)")

    def close(self) -> None:
        """Ends the conversation, if it has not ended already."""
        with suppress(*_FAILURES):
            self.connection.logout()

    def _asked(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, bytes] | None]:
        try:
            state, said = self.connection.uid(command, *arguments)
        except _FAILURES as error:
            raise _unreachable(error) from error
        if state != "OK":
            raise MailboxUnreachable(f"{command} was answered with {state}.")
        return said


def open_mailbox(settings: Settings) -> Mailbox:
    """The mailbox of the settings, which is to be closed.

    Raises:
        MailboxUnreachable: It cannot be read now.
    """
    password = settings.imap_password
    try:
        mailbox = Mailbox(_connected(settings))
    except _FAILURES as error:
        raise _unreachable(error) from error
    try:
        mailbox.connection.login(
            settings.imap_user or "", "" if password is None else password.get_secret_value()
        )
        state, said = mailbox.connection.select(_quoted(settings.imap_folder))
    except _FAILURES as error:
        mailbox.close()
        raise _unreachable(error) from error
    if state != "OK":
        mailbox.close()
        raise MailboxUnreachable(f"{settings.imap_folder}: {said[0]!r}")
    return mailbox


def _unreachable(error: Exception) -> MailboxUnreachable:
    return MailboxUnreachable(str(error) or type(error).__name__)


def _connected(settings: Settings) -> imaplib.IMAP4:
    host, port = settings.imap_host or "", settings.imap_port
    context = ssl.create_default_context()
    if settings.imap_security == "tls":
        return imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=_WITHIN_SECONDS)
    connection = imaplib.IMAP4(host, port, timeout=_WITHIN_SECONDS)
    if settings.imap_security == "starttls":
        try:
            connection.starttls(ssl_context=context)
        except _FAILURES:
            with suppress(*_FAILURES):
                connection.shutdown()
            raise
    return connection


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


async def read_mailbox(settings: Settings, incoming: Incoming) -> int:
    """Tells cards of the mails that are new; how many are read now. Others wait for a later look.

    Raises:
        MailboxUnreachable: The mailbox cannot be read now.
    """
    mailbox = await asyncio.to_thread(open_mailbox, settings)
    try:
        return await _read_new(mailbox, incoming)
    finally:
        await asyncio.to_thread(mailbox.close)


async def _read_new(mailbox: Mailbox, incoming: Incoming) -> int:
    read = 0
    for mail in (await asyncio.to_thread(mailbox.unread))[:_AT_A_TIME]:
        raw = await asyncio.to_thread(mailbox.content, mail)
        if raw is None or not await _is_settled(raw, mail, incoming):
            continue
        await asyncio.to_thread(mailbox.note_read, mail)
        read += 1
    return read


async def _is_settled(raw: bytes, mail: str, incoming: Incoming) -> bool:
    """Whether a mail has been told to its card, or is to be told to none."""
    try:
        card = await incoming.take(raw)
    except MailNotWanted as error:
        log.info("a mail in the mailbox is for no card", mail=mail, why=str(error))
    except (EngineFault, EngineUnavailable, DBAPIError, *UNAVAILABLE) as error:
        log.warning("a mail waits for a later look", mail=mail, error=str(error))
        return False
    else:
        log.info("a mail was told to its card", mail=mail, card=card)
    return True


async def keep_reading(
    settings: Settings, incoming: Incoming, *, every_seconds: float = _EVERY_SECONDS
) -> None:
    """Looks into the mailbox again and again; whatever goes wrong, the next look comes."""
    while True:
        try:
            while await read_mailbox(settings, incoming):
                pass  # More may wait than are read at once.
        except MailboxUnreachable as error:
            log.warning("the mailbox cannot be read", host=settings.imap_host, error=str(error))
        await asyncio.sleep(every_seconds)
