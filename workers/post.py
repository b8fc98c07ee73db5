"""Mailing people what they were told: one mail for all that waits, in plain text and as HTML."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import override
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from temporalio import activity
from temporalio.client import Client

from engine.locales import USUAL
from engine.store import notices, people
from engine.store.database import Database
from engine.store.mails import Mail
from engine.store.notices import StoredNotice
from engine.store.people import User
from engine.store.standings import viewer_everywhere
from engine.workflows.ports import Postman
from engine.workflows.post import Post, PostWorkflow, post_workflow_id
from workers.heartbeat import heard_of
from workers.mailing import Mailer, MailRefused

_TEMPLATES = Path(__file__).parent / "templates"
# More than this are not read in a mail; the rest stands in the app.
_MOST = 100
_LONGEST_SUBJECT = 150
_SIGNALLED_WITHIN = timedelta(seconds=5)


class PostOffice:
    """Says to people's post that something has arrived; begins it where it rests."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def announce(self, user: str) -> None:
        """Has all that waits for somebody mailed."""
        await self._client.start_workflow(
            PostWorkflow.run,
            Post(user=user),
            id=post_workflow_id(user),
            task_queue=self._task_queue,
            start_signal="arrived",
            rpc_timeout=_SIGNALLED_WITHIN,
        )


class MailPostman(Postman):
    """Writes the mails and hands them to the mailer."""

    def __init__(self, database: Database, mailer: Mailer, address: str) -> None:
        self._database = database
        self._mailer = mailer
        self._address = address

    @override
    @activity.defn
    async def mail_what_waits(self, user: str) -> None:
        await heard_of(self._mail_what_waits(user))

    async def _mail_what_waits(self, user: str) -> None:
        async with self._database.writing() as connection:
            viewer = await viewer_everywhere(connection, user, datetime.now(UTC))
            await notices.withdraw_unseen(connection, viewer)
            waiting = await notices.waiting_for_mail(connection, viewer, limit=_MOST)
            person = await people.read_user(connection, user)
        unread = [notice for notice in waiting if notice.read_at is None]
        needless = [notice.id for notice in waiting if notice.read_at is not None]
        if person is None or person.disabled or person.email is None:
            needless, unread = [notice.id for notice in waiting], []
        if needless:
            await self._note(needless, "none")
        if unread and person is not None and person.email is not None:
            await self._mail(person, person.email, unread)

    async def _mail(self, person: User, address: str, told: Sequence[StoredNotice]) -> None:
        ids = [notice.id for notice in told]
        try:
            await self._mailer.send(mail_about(told, person, address, self._address))
        except MailRefused as refused:
            activity.logger.warning("a mail was refused for good", extra={"reason": str(refused)})
            await self._note(ids, "refused")
        else:
            await self._note(ids, "sent")

    async def _note(self, ids: list[str], outcome: notices.MailOutcome) -> None:
        async with self._database.writing() as connection:
            await notices.mark_mailed(connection, ids, outcome)


def mail_about(told: Sequence[StoredNotice], person: User, to: str, address: str) -> Mail:
    """One mail that tells somebody all of it.

    Args:
        told: What, the oldest first.
        person: Who is told, in the English of their choice.
        to: Where they get mail.
        address: Where people reach the pages.
    """
    subject = _subject(told)
    values = {
        "name": person.name,
        "language": person.language or USUAL,
        "notices": told,
        "address": address,
        "subject": subject,
    }
    known_by = hashlib.sha256(" ".join(notice.id for notice in told).encode()).hexdigest()[:32]
    return Mail(
        message_id=f"{known_by}@{urlsplit(address).hostname or 'phaseline'}",
        to=(to,),
        subject=subject,
        text=_templates().get_template("notices.txt").render(values),
        html=_templates().get_template("notices.html").render(values),
    )


def _subject(told: Sequence[StoredNotice]) -> str:
    if len(told) == 1:
        line = " ".join(told[0].text.split())
        shortened = line[: _LONGEST_SUBJECT - 1] + "…"
        return line if len(line) <= _LONGEST_SUBJECT else shortened
    cards = list(dict.fromkeys(notice.key for notice in told))
    named = ", ".join(cards[:3]) + (" …" if len(cards) > 3 else "")
    return f"{len(told)} notices: {named}"


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
