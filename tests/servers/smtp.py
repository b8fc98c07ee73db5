"""A mail server that keeps what it is handed, and refuses what it is told to refuse."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.servers.process import free_port


@dataclass(slots=True, kw_only=True)
class MailServer:
    """What a mail server was handed.

    Attributes:
        refusals: What is answered to recipients, such as `550 No such user`.
    """

    port: int
    needs_sign_in: bool = False
    refusals: dict[str, str] = field(default_factory=dict)
    received: list[EmailMessage] = field(default_factory=list)
    refused: int = 0

    def to(self, address: str) -> list[EmailMessage]:
        return [each for each in self.received if address in str(each["To"])]

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self,
        _server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if self.needs_sign_in and not session.authenticated:
            return "530 Sign in first"
        if address in self.refusals:
            self.refused += 1
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append(message)
        return "250 OK"


@contextmanager
def mail_server(*, user: str | None = None, password: str = "") -> Iterator[MailServer]:
    """A mail server on this machine; with a user it takes mails of nobody else."""
    server = MailServer(port=free_port(), needs_sign_in=user is not None)

    def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _way: str, given):
        right = (given.login, given.password) == ((user or "").encode(), password.encode())
        return AuthResult(success=right, handled=False)

    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=server.port,
        authenticator=authenticate if user else None,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
