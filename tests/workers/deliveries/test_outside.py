"""Requests to the outside: to the address that was judged, in bounds, and never led on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest

from engine.runtime.outside import AddressRefused
from tests.servers.receiver import Received, Receiver, Reply, a_receiver
from workers.deliveries.outside import (
    LONGEST_ANSWER,
    NotReached,
    OutsideClient,
    OutsideRequest,
    Resolve,
    resolve,
)

LOOPBACK = (ip_network("127.0.0.0/8"),)


@asynccontextmanager
async def a_client(
    *, resolving: Resolve = resolve, within_seconds: float = 5
) -> AsyncIterator[OutsideClient]:
    client = OutsideClient(LOOPBACK, resolving=resolving, within_seconds=within_seconds)
    try:
        yield client
    finally:
        await client.close()


def leading_to(*addresses: str) -> Resolve:
    async def resolving(_host: str, _port: int) -> tuple[str, ...]:
        return addresses

    return resolving


def a_post(receiver: Receiver, host: str = "127.0.0.1") -> OutsideRequest:
    url = f"http://{host}:{receiver.port}/hooks?a=1"
    return OutsideRequest(method="POST", url=url, headers={"X-Own": "yes"}, body=b'{"a": 1}')


async def test_a_request_arrives_as_it_was_meant_and_its_answer_comes_back():
    reply = Reply(status=201, headers={"X-Thanks": "1"}, body=b"thank you")
    async with a_receiver(lambda _: reply) as receiver, a_client() as client:
        answer = await client.send(a_post(receiver))

    (received,) = receiver.received
    assert (received.method, received.path) == ("POST", "/hooks?a=1")
    assert (received.headers["x-own"], received.body) == ("yes", b'{"a": 1}')
    assert (answer.status, answer.headers["x-thanks"], answer.body) == (201, "1", b"thank you")


@pytest.mark.parametrize(
    "addresses", [("10.0.0.1",), ("169.254.169.254",), ("127.0.0.1", "10.0.0.1")]
)
async def test_a_name_with_one_private_address_is_refused_before_anything_is_sent(
    addresses: tuple[str, ...],
):
    async with a_receiver() as receiver, a_client(resolving=leading_to(*addresses)) as client:
        with pytest.raises(AddressRefused, match="not public"):
            await client.send(a_post(receiver, "rebound.example"))

    assert receiver.received == []


async def test_the_address_that_was_judged_is_the_one_that_is_connected_to():
    """A name that leads elsewhere when it is asked for again is not asked for again."""
    asked: list[str] = []

    async def resolving(host: str, _port: int) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("10.0.0.1",)

    async with a_receiver() as receiver, a_client(resolving=resolving) as client:
        answer = await client.send(a_post(receiver, "hooks.example"))
        assert answer.status == 204
        with pytest.raises(AddressRefused):
            await client.send(a_post(receiver, "hooks.example"))

    assert asked == ["hooks.example", "hooks.example"]
    assert [each.headers["host"] for each in receiver.received] == [
        f"hooks.example:{receiver.port}"
    ]


async def test_a_private_address_is_refused_unless_it_is_allowed():
    async with a_receiver() as receiver:
        client = OutsideClient()
        with pytest.raises(AddressRefused):
            await client.send(a_post(receiver))
        with pytest.raises(AddressRefused):
            await client.send(a_post(receiver, "localhost"))
        await client.close()

    assert receiver.received == []


async def test_a_redirect_is_an_answer_and_leads_nowhere():
    async with a_receiver() as other, a_receiver() as receiver, a_client() as client:
        receiver.answering = lambda _: Reply(status=302, headers={"Location": other.url})
        answer = await client.send(a_post(receiver))

    assert answer.status == 302
    assert other.received == []


async def test_an_answer_is_read_only_as_far_as_it_may_be_long():
    long = Reply(status=200, body=b"x" * 2_000_000)
    async with a_receiver(lambda _: long) as receiver, a_client() as client:
        answer = await client.send(a_post(receiver))

    assert len(answer.body) == LONGEST_ANSWER


def refuse_to_answer(_: Received) -> Reply:
    raise ConnectionResetError


async def test_whoever_does_not_answer_is_left_in_time_with_the_reason():
    async with a_receiver(refuse_to_answer) as receiver, a_client() as client:
        with pytest.raises(NotReached):
            await client.send(a_post(receiver))
    async with a_client() as client:
        with pytest.raises(NotReached, match="could not be reached"):
            await client.send(a_post(receiver))


async def test_a_slow_answer_is_not_waited_for():
    async with (
        a_receiver(lambda _: None) as receiver,
        a_client(within_seconds=0.2) as client,
    ):
        with pytest.raises(NotReached, match="no answer within"):
            await client.send(a_post(receiver))
