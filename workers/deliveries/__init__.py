"""What leaves the system: signed webhooks, requests and e-mail, each attempt an activity."""

from dataclasses import dataclass
from functools import partial

from temporalio.client import Client

from engine.gateway import Definitions, Gateway, utc_now
from engine.gateway.delivering import Deliveries
from engine.runtime.mail_addresses import MailAddresses
from engine.runtime.sealing import load_sealer
from engine.runtime.settings import Settings
from engine.store.database import Database
from engine.workflows.ports import Courier, Deliverer, Postman
from workers.deliveries.courier import DeliveryCourier
from workers.deliveries.mails import MailSender
from workers.deliveries.outside import OutsideClient
from workers.deliveries.requests import RequestSender
from workers.deliveries.secrets import Secrets
from workers.deliveries.sending import SendingDeliverer
from workers.deliveries.webhooks import WebhookSender
from workers.mailing import mailer_of
from workers.post import MailPostman, PostOffice


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Who takes what is to leave, and who sends it."""

    courier: Courier
    deliverer: Deliverer
    post: PostOffice
    postman: Postman


def outgoing_of(
    database: Database,
    definitions: Definitions,
    gateway: Gateway,
    client: Client,
    settings: Settings,
) -> Outgoing:
    """What leaves this installation, by its settings."""
    workflows = Deliveries(database, client, settings.task_queue)
    outside = OutsideClient(settings.allowed_networks)
    sealer = partial(load_sealer, settings)
    secrets = Secrets(database, sealer)
    addresses = MailAddresses(settings, sealer)
    mailer = mailer_of(settings, database)
    return Outgoing(
        courier=DeliveryCourier(database, definitions, workflows, addresses, settings.address),
        deliverer=SendingDeliverer(
            database,
            gateway,
            workflows,
            {
                "webhook": WebhookSender(database, definitions, outside, secrets),
                "http": RequestSender(outside, secrets),
                "email": MailSender(mailer, addresses),
            },
            utc_now,
        ),
        post=PostOffice(client, settings.task_queue),
        postman=MailPostman(database, mailer, settings.address),
    )
