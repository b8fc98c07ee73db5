"""Mail as a real mail server takes it, and as it is kept where there is none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from engine.runtime.settings import Settings
from engine.store.database import Database
from engine.store.mails import Mail, list_mails
from tests.servers.process import free_port
from tests.servers.smtp import MailServer, mail_server
from workers.mailing import MailboxMailer, MailNotTaken, MailRefused, SmtpMailer, mailer_of

MAIL = Mail(
    message_id="1@phaseline",
    to=("ana@example.com",),
    subject="FEAT-1 “Ünïcode”\nBcc: all@example.com",
    text="Olá, Ana.\n",
    html="<p>Olá, Ana.</p>",
    headers={"In-Reply-To": "<0@phaseline>"},
)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def settings_of(server: MailServer, **parts: object) -> Settings:
    given = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_security": "none", **parts}
    return Settings.model_validate(given)


async def test_a_mail_arrives_as_it_was_written(server: MailServer) -> None:
    await SmtpMailer(settings_of(server, mail_from="Phaseline <team@example.com>")).send(MAIL)

    (mail,) = server.received
    assert (mail["From"], mail["To"]) == ("Phaseline <team@example.com>", "ana@example.com")
    assert mail["Subject"] == "FEAT-1 “Ünïcode” Bcc: all@example.com"
    assert mail["Message-ID"] == "<1@phaseline>"
    assert mail["In-Reply-To"] == "<0@phaseline>"
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().strip() == "Olá, Ana."
    assert html.get_content().strip() == "<p>Olá, Ana.</p>"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("550 No such user", MailRefused), ("451 Try again later", MailNotTaken)],
)
async def test_what_is_refused_for_good_and_what_for_now_are_told_apart(
    server: MailServer, answer: str, expected: type[Exception]
) -> None:
    server.refusals["ana@example.com"] = answer

    with pytest.raises(expected, match=answer[4:]):
        await SmtpMailer(settings_of(server)).send(MAIL)


async def test_a_server_that_is_away_may_come_back() -> None:
    nobody = MailServer(port=free_port())

    with pytest.raises(MailNotTaken):
        await SmtpMailer(settings_of(nobody)).send(MAIL)


@pytest.mark.parametrize(("password", "taken"), [("right", True), ("wrong", False)])
async def test_it_signs_in_where_that_is_asked(password: str, taken: bool) -> None:
    with mail_server(user="phaseline", password="right") as server:
        mailer = SmtpMailer(
            settings_of(server, smtp_user="phaseline", smtp_password=SecretStr(password))
        )
        if taken:
            await mailer.send(MAIL)
        else:
            with pytest.raises(MailNotTaken):
                await mailer.send(MAIL)
        assert len(server.received) == taken


async def test_without_a_server_mails_are_kept_once(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'phaseline.db'}")
    await database.migrate()
    mailer = mailer_of(Settings(), database)
    assert isinstance(mailer, MailboxMailer)

    await mailer.send(MAIL)
    await mailer.send(MAIL)

    async with database.reading() as connection:
        (kept,) = await list_mails(connection, limit=10)
    assert kept.mail == MAIL
    await database.close()
