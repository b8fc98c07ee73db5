"""What automations send: webhooks, requests whose answers are written down, and mails."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from standardwebhooks import Webhook

from engine.core.commands import EditCard
from engine.gateway import Definitions, utc_now
from engine.runtime.sealing import load_sealer
from engine.store import deliveries, mails, people
from engine.store.deliveries import Delivery, Wanted
from engine.store.runs import Run
from engine.webhooks import By, keep_secret
from engine.workflows.deliveries import DeliveryWorkflow, delivery_workflow_id
from engine.workflows.errands import ScheduledRun, TimetableEntry
from pipes.identifiers import AutomationId, FieldId, PipeId
from tests.engine.automating import Automated, automated
from tests.engine.running import BRIEFLY, Engine, eventually_so
from tests.servers.receiver import Reply, a_receiver
from workers.timetable import CardTimetable

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
async def house(engine: Engine) -> AsyncIterator[Automated]:
    async with automated(engine) as house:
        yield house


def an_offer(*do: dict[str, Any], **on: Any) -> dict[str, Any]:
    """A pipe of offers, of which the margin is nobody's business but the admins'."""
    return {
        "id": "offers",
        "name": "Offers",
        "card": {"noun": "offer", "key": "OFF", "title": "name"},
        "fields": {
            "name": {"type": "short_text", "label": "Name"},
            "email": {"type": "email", "label": "E-mail"},
            "customer": {"type": "short_text", "label": "Customer"},
            "tier": {
                "type": "select",
                "label": "Tier",
                "options": [{"id": "gold", "label": "Gold customers"}],
            },
            "margin": {"type": "number", "label": "Margin", "confidential": ["role:admin"]},
        },
        "start": {
            "phase": "open",
            "form": ["name", "email", "customer", "tier", "margin"],
        },
        "phases": [
            {"id": "open", "name": "Open", "form": ["name", "customer", "margin"]},
            {"id": "sent", "name": "Sent", "final": "done"},
        ],
        "transitions": [{"id": "send", "from": "open", "to": "sent", "label": "Send"}],
        "automations": [{"id": "tell", "on": "card.created", "do": list(do), **on}],
    }


async def sent(engine: Engine, *, how_many: int = 1) -> tuple[Delivery, ...]:
    """The deliveries, once so many have ended; the oldest first."""
    found: list[Delivery] = []

    async def have_ended() -> bool:
        async with engine.database.reading() as connection:
            found[:] = await deliveries.listed(connection, Wanted(), limit=100)
        return [each.state != "waiting" for each in found].count(True) == how_many

    with suppress(TimeoutError):
        await eventually_so(have_ended)
    assert len(found) == how_many, found
    return tuple(reversed(found))


async def keep(engine: Engine, name: str, secret: str) -> None:
    sealed = load_sealer(engine.settings).seal(secret)
    by = By(user="ana", way="api", at=engine.clock())
    async with engine.database.writing() as connection:
        await keep_secret(connection, PipeId("offers"), name, sealed, by)


async def test_a_webhook_tells_of_the_event_without_what_is_confidential(house: Automated):
    async with a_receiver() as receiver:
        await keep(house.engine, "crm", SECRET)
        await house.publishes(an_offer({"webhook": {"url": receiver.url, "secret": "crm"}}))
        offer = await house.creates("offers", name="Trains", margin=12)
        (delivery,) = await sent(house.engine)

    (received,) = receiver.received
    told = Webhook(SECRET).verify(received.body, dict(received.headers))
    assert received.headers["webhook-id"] == delivery.id
    assert told["type"] == "card.created"
    assert told["data"]["card"]["key"] == offer.identity.key
    assert told["data"]["card"]["fields"] == {"name": "Trains"}
    assert told["data"]["event"]["body"]["values"] == {"name": "Trains"}
    assert b"margin" not in received.body
    assert (delivery.state, delivery.cause) == ("sent", "tell")


async def test_a_request_carries_values_and_secrets_and_its_answer_is_written(house: Automated):
    request = {
        "method": "POST",
        "headers": {"Authorization": "Bearer {{ secrets.crm }}"},
        "body": '{"name": {{ fields.name | tojson }}, "tier": "{{ fields.tier }}"}',
        "store": {"customer": "/found/0/name"},
    }
    answer = Reply(status=200, body=b'{"found": [{"name": "Ada & Sons"}]}')
    async with a_receiver(lambda _: answer) as receiver:
        await keep(house.engine, "crm", "s3cret")
        url = f"{receiver.url}?name={{{{ fields.name | urlencode }}}}"
        await house.publishes(an_offer({"http": {"url": url, **request}}))
        offer = await house.creates("offers", name='A "big" one', tier="gold")
        await house.until(offer, customer="Ada & Sons")
        (delivery,) = await sent(house.engine)

    (received,) = receiver.received
    assert received.path == "/hooks?name=A%20%22big%22%20one"
    assert received.body == b'{"name": "A \\"big\\" one", "tier": "gold"}'
    assert received.headers["authorization"] == "Bearer s3cret"
    assert received.headers["idempotency-key"] == delivery.id
    assert "s3cret" not in str(delivery)
    history = await house.history(offer)
    written = [event for event in history if event.body.kind == "field.changed"]
    assert [(event.actor.kind, event.actor.id) for event in written] == [("automation", "tell")]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(status=404), "404"),
        (Reply(status=302, headers={"Location": "http://10.0.0.1/"}), "redirects"),
        (Reply(status=200, body=b"<html>"), "no JSON"),
        (Reply(status=200, body=b'{"found": []}'), "nothing at /found/0/name"),
        (Reply(status=200, body=b'{"found": [{"name": 7}]}'), "text"),
    ],
)
async def test_what_is_answered_to_no_use_is_shown_on_the_card(
    house: Automated, reply: Reply, why: str
):
    request = {"method": "GET", "store": {"customer": "/found/0/name"}}
    async with a_receiver(lambda _: reply) as receiver:
        await house.publishes(an_offer({"http": {"url": receiver.url, **request}}))
        offer = await house.creates("offers", name="Trains")

        async def is_shown() -> bool:
            return any(each.body.kind == "action.refused" for each in await house.history(offer))

        await eventually_so(is_shown)
        (delivery,) = await sent(house.engine)

    refused = [each.body for each in await house.history(offer)][-1]
    assert why in str(refused)
    assert delivery.state == "failed"
    assert len(receiver.received) == 1


async def test_nothing_is_requested_of_a_private_network(house: Automated):
    request = {"http": {"url": "http://169.254.169.254/latest/meta-data", "method": "GET"}}
    await house.publishes(an_offer(request))
    await house.creates("offers", name="Trains")

    (delivery,) = await sent(house.engine)

    assert delivery.state == "failed"


async def test_a_mail_goes_to_each_reader_with_what_they_may_see(house: Automated):
    async with house.engine.database.writing() as connection:
        for user in ("ana", "bo"):
            await people.change_user(connection, user, name=user, email=f"{user}@example.com")
        await people.set_locale(connection, "ana", language="en-US", zone=None)
    mail = {
        "to": ["user:ana", "user:bo", "{{ fields.email }}", "Customer <eve@example.com>"],
        "subject": "{{ card.title }}\nBcc: all@example.com",
        "body": "For {{ fields.tier }}.\n\nMargin: {{ fields.margin }}<b>",
    }
    await house.publishes(an_offer({"email": mail}))
    offer = await house.creates(
        "offers", name="Trains", tier="gold", margin=1234.5, email="cy@example.com"
    )
    found = {each.target: each for each in await sent(house.engine, how_many=4)}

    async with house.engine.database.reading() as connection:
        kept = {each.mail.to[0]: each.mail for each in await mails.list_mails(connection, limit=9)}
    assert kept.keys() == {f"{name}@example.com" for name in ("ana", "bo", "cy", "eve")}
    assert kept["ana@example.com"].text == "For Gold customers.\n\nMargin: 1,234.5<b>"
    assert (
        kept["ana@example.com"].html
        == "<p>For Gold customers.</p>\n<p>Margin: 1,234.5&lt;b&gt;</p>"
    )
    for reader in ("bo", "cy", "eve"):
        assert kept[f"{reader}@example.com"].text == "For Gold customers.\n\nMargin: <b>"
    assert {each.subject for each in kept.values()} == {"Trains Bcc: all@example.com"}
    threads = {each.headers["References"] for each in kept.values()}
    assert threads == {f"<card.{offer.identity.id}@localhost>"}
    assert len({each.message_id for each in kept.values()}) == 4
    discloses = {name: (each.content or {})["discloses"] for name, each in found.items()}
    assert discloses["ana@example.com"] == ["margin"]
    assert discloses["bo@example.com"] == []


async def test_a_mail_to_nobody_and_a_text_that_fails_are_shown_in_the_run(house: Automated):
    nobody = {"to": ["{{ fields.email }}"], "subject": "x", "body": "x"}
    await house.publishes(an_offer({"email": nobody}))
    offer = await house.creates("offers", name="Trains")

    (run,) = await house.until_ran(offer, "failed")

    assert "address" in run.reasons[0]


async def test_repeating_a_step_sends_nothing_twice(house: Automated):
    mail = {"to": ["eve@example.com"], "subject": "x", "body": "{{ card.key }}"}
    await house.publishes(an_offer({"email": mail}, on="field.changed", fields=["name"]))
    offer = await house.creates("offers", name="Trains")
    for name in ("Boats", "Planes"):
        await house.does(offer, EditCard(values={FieldId("name"): name}))
    first, second = await sent(house.engine, how_many=2)

    assert first.id != second.id
    assert [first.attempts, second.attempts] == [1, 1]


async def test_what_comes_after_a_request_sees_its_answer_and_holds_up_nothing_else(
    house: Automated,
):
    request = {"method": "GET", "store": {"customer": "/name"}}
    answer = Reply(status=200, body=b'{"name": "Ada"}')
    async with a_receiver(lambda _: answer) as receiver:
        offer = an_offer(
            {"http": {"url": receiver.url, **request}},
            {"set": {"name": {"var": "fields.customer"}}},
            {"label": "asked"},
        )
        await house.publishes(offer)
        card = await house.creates("offers", name="Trains")
        await house.until(card, labels=("asked",), name="Ada", customer="Ada")
        (run,) = await house.until_ran(card, "done")

    assert [each.split(" ")[0] for each in run.done] == ["sent", "sets"]


async def test_a_request_that_is_tried_again_is_told_with_the_run_that_waits(house: Automated):
    replies = iter([Reply(status=503)])
    async with a_receiver(lambda _: next(replies, Reply(status=200))) as receiver:
        await house.publishes(an_offer({"http": {"url": receiver.url, "method": "POST"}}))
        offer = await house.creates("offers", name="Trains")
        found: list[Run] = []

        async def has_failed_once() -> bool:
            found[:] = [run for run in await house.runs(offer) if run.tries == 1]
            return bool(found)

        await eventually_so(has_failed_once)
        (waiting,) = found
        async with house.engine.database.reading() as connection:
            (delivery,) = await deliveries.listed(connection, Wanted(), limit=9)
        assert (waiting.state, waiting.next_try_at) == ("running", delivery.next_at)
        assert waiting.reasons == (f"POST {receiver.url}: It answered 503.",)
        workflow = delivery_workflow_id(delivery.id)
        await house.engine.client.get_workflow_handle(workflow).signal(DeliveryWorkflow.hurry)
        (done,) = await house.until_ran(offer, "done")

    assert (done.tries, done.next_try_at, done.reasons) == (0, None, ())


async def test_a_request_that_comes_to_nothing_ends_the_run_that_waits_for_it(house: Automated):
    async with a_receiver(lambda _: Reply(status=404)) as receiver:
        request = {"http": {"url": receiver.url, "method": "POST"}}
        await house.publishes(an_offer(request, {"label": "asked"}))
        card = await house.creates("offers", name="Trains")
        (run,) = await house.until_ran(card, "failed")

    assert (run.done, run.failed_step) == ((), 0)
    assert "404" in run.reasons[0]
    told = [each.body for each in await house.history(card) if each.body.kind == "action.refused"]
    assert len(told) == 1
    assert (await house.engine.stored(card)).work.labels == ()


def of_two_events(url: str, *before: dict[str, Any]) -> dict[str, Any]:
    """Offers that tell of their beginning after some other action, and of their customer."""
    document = an_offer(*before, {"webhook": {"url": url}})
    document["transitions"][0]["when"] = [
        {"if": {"is_set": {"var": "fields.customer"}}, "else": "Whose is it?"}
    ]
    told = {"on": "field.changed", "fields": ["customer"], "do": [{"webhook": {"url": url}}]}
    document["automations"].append({"id": "tell-of-customer", **told})
    return document


async def test_a_webhook_waits_for_those_of_what_happened_before(house: Automated):
    async with a_receiver() as receiver:
        await house.publishes(of_two_events(receiver.url, {"move": "send"}))
        offer = await house.creates("offers", name="Trains")
        await house.until_ran(offer, "running")
        # Now the first one can go on, at its next attempt; the second one can go on at once.
        await house.does(offer, EditCard(values={FieldId("customer"): "Ada"}))
        await sent(house.engine, how_many=2)

    heard = [json.loads(each.body)["type"] for each in receiver.received]
    assert heard == ["card.created", "field.changed"]


async def test_a_webhook_does_not_wait_for_one_that_will_not_come(house: Automated):
    async with a_receiver() as receiver:
        nowhere = {"create_card": {"pipe": "nowhere"}}
        await house.publishes(of_two_events(receiver.url, nowhere))
        offer = await house.creates("offers", name="Trains")
        await house.does(offer, EditCard(values={FieldId("customer"): "Ada"}))
        await sent(house.engine)

    assert [json.loads(each.body)["type"] for each in receiver.received] == ["field.changed"]


async def test_a_webhook_by_schedule_tells_of_the_card_as_it_is(house: Automated):
    entry = TimetableEntry(pipe=PipeId("offers"), automation=AutomationId("tell"))
    async with a_receiver() as receiver:
        document = an_offer(
            {"webhook": {"url": receiver.url}}, on="schedule", cron="0 9 * * 1", timezone="UTC"
        )
        await house.publishes(document)
        offer = await house.creates("offers", name="Trains")
        timetable = CardTimetable(
            house.engine.database, Definitions(), house.engine.gateway, BRIEFLY
        )
        await timetable.begin_scheduled(ScheduledRun(entry=entry, at=utc_now()))
        await sent(house.engine)

    (received,) = receiver.received
    assert json.loads(received.body)["data"]["card"]["key"] == offer.identity.key
