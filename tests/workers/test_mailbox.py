"""Replies are read in the mailbox to which they come, on a real mail server, by IMAP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import override

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from engine.core.card import Card
from engine.gateway import EngineUnavailable
from engine.gateway.incoming import Incoming
from engine.runtime.mail_addresses import MailAddresses
from engine.runtime.sealing import load_sealer
from engine.runtime.settings import Settings, SettingsError, load_settings
from tests.engine.running import Engine, an_engine, eventually_so
from tests.servers.imap import PASSWORD, USER, MailboxServer, mailbox_server
from tests.servers.process import free_port
from tests.servers.temporal import TemporalServer
from workers.mailbox import MailboxUnreachable, keep_reading, read_mailbox


@pytest.fixture
async def engine(temporal: TemporalServer, tmp_path: Path) -> AsyncIterator[Engine]:
    client = await Client.connect(temporal.address, data_converter=pydantic_data_converter)
    async with an_engine(client, tmp_path) as engine, engine.worker():
        yield engine


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[MailboxServer]:
    async with mailbox_server(tmp_path) as server:
        yield server


def configured(engine: Engine, port: int, **parts: object) -> Settings:
    return engine.settings.model_copy(
        update={
            "reply_address": "replies@example.com",
            "imap_host": "127.0.0.1",
            "imap_port": port,
            "imap_security": "none",
            "imap_user": USER,
            "imap_password": SecretStr(PASSWORD),
            **parts,
        }
    )


def incoming_of(engine: Engine, settings: Settings) -> Incoming:
    return Incoming(engine.database, engine.gateway, addresses_of(settings))


def addresses_of(settings: Settings) -> MailAddresses:
    return MailAddresses(settings, partial(load_sealer, settings))


def a_reply(settings: Settings, card: Card, number: int, body: str) -> bytes:
    to = addresses_of(settings).headers("", card.identity.key, "eve@example.com")["Reply-To"]
    head = f"From: Eve <eve@example.com>\r\nTo: {to}\r\nMessage-ID: <{number}@example.com>\r\n"
    kind = "Content-Type: text/plain; charset=utf-8\r\n"
    return f"{head}Subject: Re: Milk\r\n{kind}\r\n{body}\r\n".encode()


async def told(engine: Engine, card: Card) -> list[str]:
    bodies = [event.body for event in await engine.history(card)]
    return [body.text for body in bodies if body.kind == "comment.added"]


async def test_replies_become_comments_in_their_order_and_what_is_none_is_left(
    engine: Engine, server: MailboxServer
):
    settings = configured(engine, server.port)
    card = await engine.create()
    server.deliver(a_reply(settings, card, 1, "Olá, two litres"))
    server.deliver(b"From: spam@example.com\r\nTo: replies@example.com\r\n\r\nBuy!\r\n")
    server.deliver(a_reply(settings, card, 2, "No, three"))

    assert await read_mailbox(settings, incoming_of(engine, settings)) == 3

    assert await told(engine, card) == ["Olá, two litres", "No, three"]
    assert server.unread() == 0
    assert await read_mailbox(settings, incoming_of(engine, settings)) == 0


class Away(Incoming):
    """Cards cannot be reached."""

    @override
    async def take(self, raw: bytes, recipient: str | None = None) -> str:
        raise EngineUnavailable("Temporal is away.")


async def test_what_cannot_be_told_now_is_told_later(engine: Engine, server: MailboxServer):
    settings = configured(engine, server.port)
    card = await engine.create()
    server.deliver(a_reply(settings, card, 1, "Two litres"))

    away = Away(engine.database, engine.gateway, addresses_of(settings))
    assert await read_mailbox(settings, away) == 0
    assert server.unread() == 1

    assert await read_mailbox(settings, incoming_of(engine, settings)) == 1
    assert await told(engine, card) == ["Two litres"]


async def test_two_workers_that_read_at_once_tell_it_once(engine: Engine, server: MailboxServer):
    settings = configured(engine, server.port)
    card = await engine.create()
    server.deliver(a_reply(settings, card, 1, "Two litres"))

    incoming = incoming_of(engine, settings)
    await asyncio.gather(*(read_mailbox(settings, incoming) for _ in range(3)))

    assert await told(engine, card) == ["Two litres"]


async def test_a_mailbox_that_is_away_is_read_when_it_is_back(engine: Engine, tmp_path: Path):
    settings = configured(engine, free_port())
    card = await engine.create()
    reading = asyncio.create_task(
        keep_reading(settings, incoming_of(engine, settings), every_seconds=0.05)
    )
    await asyncio.sleep(0.2)
    async with mailbox_server(tmp_path, port=settings.imap_port) as server:
        server.deliver(a_reply(settings, card, 1, "Two litres"))

        async def has_come() -> bool:
            return await told(engine, card) == ["Two litres"]

        await eventually_so(has_come)
    reading.cancel()
    with suppress(asyncio.CancelledError):
        await reading


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"imap_password": SecretStr("wrong")}, "AUTHENTICATIONFAILED"),
        ({"imap_folder": "Elsewhere"}, "Elsewhere"),
        ({"imap_security": "starttls"}, "TLS"),
        ({"imap_security": "tls"}, "SSL"),
    ],
)
async def test_a_mailbox_that_cannot_be_read_says_why(
    engine: Engine, server: MailboxServer, parts: dict[str, object], why: str
):
    settings = configured(engine, server.port, **parts)
    with pytest.raises(MailboxUnreachable, match=why):
        await read_mailbox(settings, incoming_of(engine, settings))


async def test_a_server_that_cannot_prove_who_it_is_is_told_no_password(
    engine: Engine, tmp_path: Path
):
    certificate, key = made_up_certificate(tmp_path)
    options = ("--cert", str(certificate), "--key", str(key))
    async with mailbox_server(tmp_path, *options) as server:
        settings = configured(engine, server.port, imap_security="starttls")
        with pytest.raises(MailboxUnreachable, match="self-signed certificate"):
            await read_mailbox(settings, incoming_of(engine, settings))


def made_up_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return folder / "certificate.pem", folder / "key.pem"


def test_a_mailbox_without_an_address_to_reply_to_is_no_configuration(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("PHASELINE_IMAP_HOST", "mail.example.com")
    with pytest.raises(SettingsError, match=r"PHASELINE_IMAP_HOST: .*PHASELINE_REPLY_ADDRESS"):
        load_settings()
