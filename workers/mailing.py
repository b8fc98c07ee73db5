"""Sending mail: by SMTP where a mail server is configured, else into the mailbox of admins."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Protocol, override

import aiosmtplib

from engine.runtime.settings import Settings
from engine.store.database import Database
from engine.store.mails import Mail, forget_mails, keep_mail

_WITHIN_SECONDS = 20.0
# The mailbox is for looking at what would have been sent lately.
_KEPT = 1000


class MailRefused(Exception):
    """The mail server will not take the mail, however often it is asked."""


class MailNotTaken(Exception):
    """The mail server did not take the mail this time; it may take it later."""


class Mailer(Protocol):
    """Sends mails. The same mail again has the same `Message-ID`, so that it can be dropped."""

    async def send(self, mail: Mail) -> None:
        """Sends a mail.

        Raises:
            MailRefused: It will never be taken.
            MailNotTaken: It was not taken this time.
        """


class SmtpMailer(Mailer):
    """Hands mails to the mail server of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @override
    async def send(self, mail: Mail) -> None:
        settings = self._settings
        password = settings.smtp_password
        try:
            await aiosmtplib.send(
                written(mail, sender=settings.mail_from, at=datetime.now(UTC)),
                sender=parseaddr(settings.mail_from)[1],
                recipients=list(mail.to),
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_user,
                password=None if password is None else password.get_secret_value(),
                use_tls=settings.smtp_security == "tls",
                start_tls=settings.smtp_security == "starttls",
                timeout=_WITHIN_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            if _is_final(error):
                raise MailRefused(str(error)) from error
            raise MailNotTaken(str(error) or type(error).__name__) from error


class MailboxMailer(Mailer):
    """Keeps mails where admins can look at them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    async def send(self, mail: Mail) -> None:
        async with self._database.writing() as connection:
            await keep_mail(connection, mail, at=datetime.now(UTC))
            await forget_mails(connection, kept=_KEPT)


def mailer_of(settings: Settings, database: Database) -> Mailer:
    """The mailer that the settings ask for."""
    return MailboxMailer(database) if settings.smtp_host is None else SmtpMailer(settings)


def written(mail: Mail, *, sender: str, at: datetime) -> EmailMessage:
    """The mail as it goes over the wire."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(mail.to)
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{mail.message_id}>"
    # No holiday replies to programs.
    message["Auto-Submitted"] = "auto-generated"
    for name, value in mail.headers.items():
        message[name] = _one_line(value)
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    return message


def _one_line(text: str) -> str:
    """A header's value: what people type must not begin another header."""
    return " ".join(text.split())


def _is_final(error: Exception) -> bool:
    """Whether the same would be refused again: codes that begin with 5, for every recipient."""
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=refused):
            return all(_is_final(each) for each in refused)
        case aiosmtplib.SMTPAuthenticationError():
            return False  # The operator mends the password.
        case aiosmtplib.SMTPResponseException(code=code):
            return code >= 500
        case _:
            return False
