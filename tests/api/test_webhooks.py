"""Webhooks and deliveries by the API and by the pages: made, told, looked at, stopped, replayed."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.api.people import Person
from tests.eventually import eventually
from tests.servers.installation import Installation
from tests.servers.receiver import Reply, a_receiver

type Everyone = Mapping[str, Person]


async def made(person: Person, **wish: Any) -> dict[str, Any]:
    answer = await person.api.post("/webhooks", json={"pipe": "errands", **wish})
    assert answer.status_code == 201, answer.text
    webhook: dict[str, Any] = answer.json()
    return webhook


async def an_errand(person: Person, **fields: Any) -> str:
    answer = await person.api.post(
        "/pipes/errands/cards", json={"fields": {"what": "Milk", **fields}}
    )
    assert answer.status_code == 201, answer.text
    key: str = answer.json()["key"]
    return key


async def test_a_webhook_is_made_told_and_looked_at_without_what_is_confidential(
    everyone: Everyone,
) -> None:
    ann = everyone["ann"]
    async with a_receiver() as receiver:
        webhook = await made(ann, url=receiver.url, types=["card.created"])
        await an_errand(ann, tip="Ring twice")
        await eventually(lambda: receiver.received)

    (received,) = receiver.received
    told = Webhook(webhook["secret"]).verify(received.body, dict(received.headers))
    assert told["data"]["card"]["fields"] == {"what": "Milk"}
    assert b"Ring twice" not in received.body
    listed = (await ann.api.get(f"/webhooks/{webhook['id']}/deliveries")).json()["items"]
    assert [each["id"] for each in listed] == [received.headers["webhook-id"]]
    details = (await ann.api.get(f"/deliveries/{listed[0]['id']}")).json()
    assert [each["status"] for each in details["history"]] == [204]
    page = await ann.pages.get(f"/deliveries/{listed[0]['id']}")
    assert "card.created" in page.text
    assert "secret" not in (await ann.api.get(f"/webhooks/{webhook['id']}")).json()


async def test_a_webhook_is_stopped_resumed_and_a_delivery_replayed(everyone: Everyone) -> None:
    ann = everyone["ann"]
    async with a_receiver(lambda _: Reply(status=200, body=b"thanks")) as receiver:
        webhook = await made(ann, url=receiver.url, types=["card.created"])
        address = f"/webhooks/{webhook['id']}"
        stopped = (await ann.api.post(f"{address}/stop")).json()
        assert stopped["stopped_because"] == "Stopped by Ann."
        await an_errand(ann)
        assert (await ann.api.get(address)).json()["waiting"] == 1
        assert receiver.received == []

        await ann.api.post(f"{address}/resume")
        await eventually(lambda: receiver.received)
        (delivery,) = (await ann.api.get(f"{address}/deliveries")).json()["items"]
        answer = await ann.api.post(f"/deliveries/{delivery['id']}/replay")
        assert answer.status_code in (200, 409)  # It may be on its way back still.
        if answer.status_code == 200:
            await eventually(lambda: len(receiver.received) == 2)

    assert {each.headers["webhook-id"] for each in receiver.received} == {delivery["id"]}


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"url": "http://10.0.0.1/hooks"}, 422),
        ({"url": "http://[::1]/hooks"}, 422),
        ({"url": "http://169.254.169.254/"}, 422),
        ({"url": "ftp://example.com/"}, 422),
        ({"url": "https://user:word@example.com/"}, 422),
        ({"url": "https://example.com/", "types": ["card.eaten"]}, 422),
        ({"url": "https://example.com/", "pipe": "nothing"}, 422),
    ],
)
async def test_what_cannot_be_is_refused_with_the_reason(
    everyone: Everyone, wish: dict[str, Any], status: int
) -> None:
    answer = await everyone["owner"].api.post("/webhooks", json=wish)

    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


async def test_only_admins_look_after_webhooks_and_pipe_admins_after_their_own(
    everyone: Everyone,
) -> None:
    webhook = await made(everyone["ann"], url="https://example.com/hooks")
    of_all = await everyone["owner"].api.post("/webhooks", json={"url": "https://example.com/all"})
    assert of_all.status_code == 201

    for person in ("bo", "val", "gus"):
        api, pages = everyone[person].api, everyone[person].pages
        assert (await api.get("/webhooks")).json()["items"] == []
        assert (await api.get(f"/webhooks/{webhook['id']}")).status_code == 404
        assert (await api.delete(f"/webhooks/{webhook['id']}")).status_code == 404
        wish = {"url": "https://example.com/x", "pipe": "errands"}
        assert (await api.post("/webhooks", json=wish)).status_code == 403
        assert (await api.get("/pipes/errands/secrets")).status_code == 403
        assert (await pages.get("/webhooks")).status_code == 403
        assert (await pages.get(f"/webhooks/{webhook['id']}")).status_code == 404
    ann = everyone["ann"].api
    assert (await ann.get(f"/webhooks/{webhook['id']}")).status_code == 200
    assert (await ann.get(f"/webhooks/{of_all.json()['id']}")).status_code == 404
    assert (await ann.post("/webhooks", json={"url": "https://example.com/x"})).status_code == 403
    await everyone["owner"].api.delete(f"/webhooks/{of_all.json()['id']}")
    assert (await ann.delete(f"/webhooks/{webhook['id']}")).status_code == 204


async def test_a_secret_is_kept_and_never_told(everyone: Everyone) -> None:
    ann = everyone["ann"]
    kept = await ann.api.put("/pipes/errands/secrets/crm", json={"secret": "s3cret-text"})
    assert kept.status_code == 204, kept.text

    listed = await ann.api.get("/pipes/errands/secrets")

    assert "crm" in [each["name"] for each in listed.json()["items"]]
    assert "s3cret-text" not in listed.text
    assert "s3cret-text" not in (await ann.pages.get("/webhooks")).text
    audit = await everyone["owner"].api.get("/audit", params={"subject": "pipe:errands"})
    assert "keep_secret" in audit.text
    assert "s3cret-text" not in audit.text
    assert (await ann.api.delete("/pipes/errands/secrets/crm")).status_code == 204
    assert (await ann.api.delete("/pipes/errands/secrets/crm")).status_code == 404


async def test_what_is_in_the_database_shows_no_secret(
    house: Installation, everyone: Everyone
) -> None:
    ann = everyone["ann"]
    webhook = await made(ann, url="https://example.com/sealed")
    replaced = await ann.api.post(f"/webhooks/{webhook['id']}/secret")
    kept = await ann.api.put("/pipes/errands/secrets/vault", json={"secret": "in plain sight"})
    assert (replaced.status_code, kept.status_code) == (200, 204)

    stored = (house.data / "phaseline.db").read_bytes()
    stored += (house.data / "phaseline.db-wal").read_bytes()
    assert b"https://example.com/sealed" in stored
    for secret in (webhook["secret"], replaced.json()["secret"], "in plain sight"):
        assert secret.removeprefix("whsec_").encode() not in stored


async def test_a_secret_is_replaced_without_losing_what_is_on_its_way(everyone: Everyone) -> None:
    """The old one signs for a day what the new one signs as well."""
    ann = everyone["ann"]
    replies = iter([Reply(status=503)])
    async with a_receiver(lambda _: next(replies, Reply())) as receiver:
        webhook = await made(ann, url=receiver.url, types=["card.created"])
        address = f"/webhooks/{webhook['id']}"
        await an_errand(ann)
        await eventually(lambda: receiver.received)
        new = (await ann.api.post(f"{address}/secret")).json()["secret"]
        await an_errand(ann)
        await ann.api.post(f"{address}/resume")
        await eventually(
            lambda: len({each.headers["webhook-id"] for each in receiver.received}) == 2
        )
        await eventually(lambda: len(receiver.received) == 3)

    assert new != webhook["secret"]
    for each in receiver.received:
        Webhook(webhook["secret"]).verify(each.body, dict(each.headers))
    for each in receiver.received[1:]:
        Webhook(new).verify(each.body, dict(each.headers))


async def test_everything_is_done_by_plain_forms_too(everyone: Everyone) -> None:
    ann = everyone["ann"]
    typed = {"url": "http://10.0.0.1/", "pipe": "errands", "description": "Ours"}
    refused = await ann.submits("/webhooks", **typed)
    assert refused.status_code == 422
    assert "not public" in refused.text
    assert 'value="http://10.0.0.1/"' in refused.text

    shown = await ann.submits("/webhooks", **{**typed, "url": "https://example.com/forms"})
    assert shown.status_code == 200
    assert "whsec_" in shown.text
    found = re.search(r'href="(/webhooks/whk_\w+)"', shown.text)
    assert found, shown.text
    address = found[1]

    changed = await ann.submits(address, url="https://example.com/new", types="card.moved")
    assert changed.status_code == 303
    assert "https://example.com/new" in (await ann.pages.get(address)).text
    replaced = await ann.submits(f"{address}/secret")
    assert "whsec_" in replaced.text
    assert replaced.text != shown.text
    for deed, said in (
        ("stop", "Stopped by Ann."),
        ("resume", "Nothing is sent until"),
        ("stop", "Resume"),
    ):
        assert (await ann.submits(f"{address}/{deed}")).status_code == 303
        assert said in (await ann.pages.get(address)).text
    kept = await ann.submits("/pipe-secrets", pipe="errands", name="erp", secret="x")
    assert kept.status_code == 303
    assert "erp" in (await ann.pages.get("/webhooks")).text
    await ann.submits("/pipe-secrets/forget", pipe="errands", name="erp")
    assert (await ann.submits(f"{address}/remove")).status_code == 303
    assert (await ann.pages.get(address)).status_code == 404
