"""Somebody's post: a few mails at once, then one for all that comes; nothing is lost meanwhile."""

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from engine.core.channels import FEW
from engine.runtime.settings import Settings
from engine.store import log, notices, people, registry
from engine.store.database import Database
from engine.store.log import Receipt
from engine.store.mails import Mail, list_mails
from engine.store.notices import Telling
from engine.store.queries.filters import Viewer
from engine.workflows.post import PostWorkflow, post_workflow_id
from pipes.identifiers import UserId
from tests.builders import MONDAY, a_document, a_life, a_pipe
from tests.engine.running import a_user, eventually_so
from tests.servers.smtp import mail_server
from workers.mailing import MailboxMailer, Mailer, SmtpMailer
from workers.post import MailPostman, PostOffice

BO = UserId("bo")
BO_SEES = Viewer(user="bo", sees_all=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A database with a card and Bo, and the worker that carries Bo's post."""

    environment: WorkflowEnvironment
    database: Database
    office: PostOffice

    async def tell(self, number: int) -> None:
        """Bo is told something more."""
        telling = Telling(
            user=BO,
            card="c1",
            sequence=number,
            kind="mentioned",
            text=f"Number {number}.",
            ways=frozenset(("app", "mail")),
        )
        async with self.database.writing() as connection:
            assert await notices.add(connection, [telling], at=MONDAY) == {BO}
        await self.office.announce(BO)

    async def until_all_is_mailed(self) -> None:
        async def all_is_mailed() -> bool:
            async with self.database.reading() as connection:
                return not await notices.waiting_for_mail(connection, BO_SEES, limit=1)

        await eventually_so(all_is_mailed)

    async def until_it_rests(self) -> None:
        """Lets the time pass until nothing has come for a while."""
        await self.environment.sleep(timedelta(hours=2))
        await self.environment.client.get_workflow_handle(post_workflow_id(BO)).result()


@asynccontextmanager
async def a_house(
    environment: WorkflowEnvironment, folder: Path, mailer: Callable[[Database], Mailer]
) -> AsyncIterator[House]:
    database = Database(f"sqlite:///{folder / 'phaseline.db'}")
    await database.migrate()
    life = a_life().creates(name="Offline mode")
    async with database.writing() as connection:
        bo = replace(a_user("bo", "member"), email="bo@example.com")
        await people.add_user(connection, bo)
        await people.set_locale(connection, BO, language="en-US", zone=None)
        await registry.publish(
            connection,
            pipe="features",
            name="Features",
            digest="h",
            document=str(a_document()),
            holidays="{}",
            by="ana",
            at=MONDAY,
        )
        begin = Receipt(sequence=0, digest="")
        await log.record(connection, {1: a_pipe()}, life.it, begin, tuple(life.history))
    queue = f"post-{uuid.uuid4()}"
    postman = MailPostman(database, mailer(database), "https://flow.example.com")
    async with Worker(
        environment.client,
        task_queue=queue,
        workflows=[PostWorkflow],
        activities=[postman.mail_what_waits],
        workflow_runner=SandboxedWorkflowRunner(),
    ):
        office = PostOffice(environment.client, queue)
        yield House(environment=environment, database=database, office=office)
    await database.close()


async def mailbox(house: House) -> list[Mail]:
    async with house.database.reading() as connection:
        kept = await list_mails(connection, limit=100)
    return [each.mail for each in reversed(kept)]


async def test_a_few_go_out_at_once_and_the_rest_comes_in_one(
    time_skipping: WorkflowEnvironment, tmp_path: Path
):
    async with a_house(time_skipping, tmp_path, MailboxMailer) as house:
        for number in range(FEW):
            await house.tell(number)
            await house.until_all_is_mailed()
        for number in range(FEW, FEW + 5):
            await house.tell(number)
        assert len(await mailbox(house)) == FEW

        await house.until_it_rests()

        *single, gathered = await mailbox(house)
        assert [mail.subject for mail in single] == [f"Number {each}." for each in range(FEW)]
        assert gathered.subject == "5 notices: FEAT-1"
        assert [f"Number {each}." in gathered.text for each in range(FEW, FEW + 5)] == [True] * 5
        assert gathered.html is not None
        assert gathered.html.count("Number ") == 5
        assert '<html lang="en-US">' in gathered.html


async def test_what_was_read_meanwhile_is_not_mailed(
    time_skipping: WorkflowEnvironment, tmp_path: Path
):
    async with a_house(time_skipping, tmp_path, MailboxMailer) as house:
        for number in range(FEW):
            await house.tell(number)
            await house.until_all_is_mailed()
        await house.tell(FEW)
        async with house.database.writing() as connection:
            await notices.mark_card_read(connection, BO, "c1", at=MONDAY)

        await house.until_it_rests()

        assert len(await mailbox(house)) == FEW
        await house.until_all_is_mailed()


async def test_a_mail_server_that_was_away_gets_everything_once(
    time_skipping: WorkflowEnvironment, tmp_path: Path
):
    with mail_server() as server:
        settings = Settings(smtp_host="127.0.0.1", smtp_port=server.port, smtp_security="none")
        server.refusals["bo@example.com"] = "451 Come back later"
        async with a_house(time_skipping, tmp_path, lambda _: SmtpMailer(settings)) as house:
            await house.tell(1)

            async def has_refused() -> bool:
                return server.refused > 0

            await eventually_so(has_refused)
            server.refusals.clear()
            await house.until_it_rests()

            assert [mail["Subject"] for mail in server.received] == ["Number 1."]


async def test_an_address_that_is_refused_for_good_holds_up_nothing(
    time_skipping: WorkflowEnvironment, tmp_path: Path
):
    with mail_server() as server:
        settings = Settings(smtp_host="127.0.0.1", smtp_port=server.port, smtp_security="none")
        server.refusals["bo@example.com"] = "550 No such user"
        async with a_house(time_skipping, tmp_path, lambda _: SmtpMailer(settings)) as house:
            await house.tell(1)
            await house.until_all_is_mailed()
            server.refusals.clear()
            await house.tell(2)
            await house.until_it_rests()

            assert [mail["Subject"] for mail in server.received] == ["Number 2."]
