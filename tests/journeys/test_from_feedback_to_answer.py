"""A person's opinion goes through four pipes, over half a year, and comes back as an answer.

The pipes are those that ship, the server's clock skips; what nobody does here is done by the pipes.
Who writes, and who looks after it, do so in a browser.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, Page, expect
from temporalio.testing import WorkflowEnvironment

from api.app import create_app
from api.first_start import SHIPPED
from api.live import LiveChanges
from api.services import Services
from api.signin.guessing import Guesses
from engine.attaching import attaching_of
from engine.core.card import Card
from engine.core.commands import (
    AcceptHandoff,
    ApproveRequest,
    EditCard,
    MoveCard,
    Wish,
)
from engine.gateway import Definitions
from engine.store import mails, people
from pipes.building import definition_from_document
from pipes.definition import AnyOf, Definition
from pipes.identifiers import FieldId, JsonValue, PipeId, StageId, TransitionId
from pipes.scenarios import Act
from tests.engine.automating import Automated, automated
from tests.engine.months import Months, months
from tests.engine.running import a_user, eventually_so
from tests.servers.process import free_port
from tests.servers.visitors import sign_in

PAULA = "paula@elevadoressul.example"
OPINION = "In lift shafts there is no signal, and the form forgets what I typed."
TEAMS = ("product", "design", "engineering", "marketing", "sales", "success", "finance")
ROLES = ("director", "finance")


async def test_who_wrote_is_answered_when_it_ships_and_its_readings_ask_for_themselves(
    time_skipping: WorkflowEnvironment, tmp_path: Path, browser: Browser, page: Page
):
    async with (
        a_company(time_skipping, tmp_path) as company,
        company.at_work(browser, "member-product") as desk,
    ):
        await company.somebody_writes(page)
        voice = await company.card("VOICE-1")
        await company.mailed(PAULA, "We have your message: Notes without a signal")

        voice = await company.fills_in(voice, "member-success")
        voice = await company.moves(voice, "member-success", "triage")
        voice = await company.accepts(voice, "member-product")
        item = await company.makes_an_item(desk)
        voice = await company.automations.until(voice, roadmap_item=[item.identity.key])
        voice = await company.fills_in(voice, "member-product")
        voice = await company.moves(voice, "member-product", "link")

        item = await company.is_planned(item)
        feature = await company.card("FEAT-1")
        assert feature.work.title == "Notes without a signal"
        feature = await company.is_developed(feature)
        await company.automations.until(item, phase="in_development")

        launch = await company.card("SHIP-1")
        feature = await company.is_launched(feature, launch)
        await company.automations.until(launch, phase="live")
        await company.automations.until(item, phase="released")
        await company.automations.until(voice, phase="answered")
        await company.mailed(PAULA, "It is here: Notes without a signal")
        await page.reload()
        await expect(page.get_by_text("Answered").first).to_be_visible()
        await company.reads_what_was_written(desk)

        await company.measures(feature)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Everybody who works with the shipped pipes, and the public form."""

    months: Months
    automations: Automated
    address: str
    pipes: Mapping[PipeId, Definition]

    async def somebody_writes(self, page: Page) -> None:
        """Sends the public form, and stays on the page by which it can be followed."""
        await page.goto(f"{self.address}/forms/customer-feedback")
        await page.get_by_label("In one sentence").fill("Notes without a signal")
        await page.get_by_label("A problem").check()
        await page.get_by_label("What happened, or what do you wish for?").fill(OPINION)
        await page.get_by_label("It costs me time every week").check()
        await page.get_by_label("Your name").fill("Paula Menezes")
        await page.get_by_label("Your e-mail address").fill(PAULA)
        await page.get_by_role("button", name="Send").click()
        await expect(page).to_have_url(re.compile("/follow/"))

    @property
    def data(self) -> Path:
        return self.months.engine.settings.data

    @asynccontextmanager
    async def at_work(self, browser: Browser, who: str) -> AsyncIterator[Page]:
        """Somebody of the company, signed in, in a browser of their own."""
        context = await browser.new_context(base_url=self.address)
        await sign_in(context, self, who)
        try:
            yield await context.new_page()
        finally:
            await context.close()

    async def makes_an_item(self, desk: Page) -> Card:
        """Presses the button on the feedback's page, and goes to the item that comes of it."""
        await desk.goto("/cards/VOICE-1")
        await expect(desk.get_by_text(OPINION).first).to_be_visible()
        await desk.get_by_role("button", name="Create a roadmap item").click()
        item = await self.card("ROAD-1")
        await self.automations.until(item, origin="feedback")
        await desk.goto("/cards/ROAD-1")
        connected = desk.locator("#card-connections")
        await expect(connected.get_by_role("link", name="VOICE-1")).to_be_visible()
        return item

    async def reads_what_was_written(self, desk: Page) -> None:
        """On the feedback's page stands every mail that its sender got, the last one in full."""
        await desk.goto("/cards/VOICE-1")
        thread = desk.locator("#card-messages")
        for subject in ("We have your message", "Re", "It is here"):
            line = re.compile(f"^{subject}: Notes without a signal")
            await expect(thread.get_by_text(line)).to_be_visible()
        await expect(thread.get_by_text("has been released today")).to_be_visible()

    async def card(self, key: str) -> Card:
        """The card of that key, as soon as it is there."""
        found: list[Card] = []

        async def is_there() -> bool:
            card = await self.automations.card(key)
            found[:] = [] if card is None else [card]
            return card is not None

        await eventually_so(is_there)
        return found[0]

    async def mailed(self, address: str, subject: str) -> None:
        """Waits until somebody has been sent this."""

        async def is_sent() -> bool:
            async with self.months.engine.database.reading() as connection:
                kept = await mails.list_mails(connection, limit=100)
            return (subject, (address,)) in [(each.mail.subject, each.mail.to) for each in kept]

        await eventually_so(is_sent)

    async def does(self, card: Card, who: str, wish: Wish) -> Card:
        return await self.months.does(card, who, wish)

    async def moves(self, card: Card, who: str, way: str) -> Card:
        return await self.does(card, who, MoveCard(transition=TransitionId(way)))

    async def approves(self, card: Card, *deciders: str) -> Card:
        for each in deciders:
            stage, who = each.split(":")
            card = await self.does(card, who, ApproveRequest(stage=StageId(stage)))
        return card

    async def accepts(self, card: Card, who: str) -> Card:
        rule = self.pipes[card.identity.pipe].phase(card.stay.phase).handoff
        assert rule is not None
        return await self.does(card, who, AcceptHandoff(checked=rule.checklist))

    async def fills_in(self, card: Card, who: str) -> Card:
        """Writes what the pipe's own first scenario writes into the form of the card's phase."""
        definition = self.pipes[card.identity.pipe]
        form = definition.phase(card.stay.phase).form
        asked = {
            name
            for entry in form
            for name in (entry.fields if isinstance(entry, AnyOf) else (entry.field,))
        }
        told = {name: value for name, value in told_in(definition).items() if name in asked}
        new = {name: value for name, value in told.items() if name not in card.values}
        return await self.does(card, who, EditCard(values=new))

    async def is_planned(self, item: Card) -> Card:
        """The roadmap item is evaluated and planned."""
        item = await self.fills_in(item, "member-product")
        item = await self.moves(item, "member-product", "evaluate")
        item = await self.fills_in(item, "member-product")
        item = await self.moves(item, "member-product", "prioritize")
        item = await self.fills_in(item, "member-product")
        item = await self.moves(item, "member-product", "plan")
        item = await self.approves(item, "council:lead-product", "directors:role-director")
        assert item.stay.phase == "planned"
        return item

    async def is_developed(self, feature: Card) -> Card:
        """The feature goes through concept, design and development; it arrives in Launch."""
        feature = await self.fills_in(feature, "member-product")
        feature = await self.moves(feature, "member-product", "to-design")
        feature = await self.approves(feature, "peers:lead-product", "directors:role-director")
        feature = await self.accepts(feature, "member-design")
        feature = await self.fills_in(feature, "member-design")
        feature = await self.moves(feature, "member-design", "to-develop")
        feature = await self.accepts(feature, "member-engineering")
        await self.months.passes(feature, timedelta(days=45))
        feature = await self.fills_in(feature, "member-engineering")
        return await self.moves(feature, "member-engineering", "to-launch")

    async def is_launched(self, feature: Card, launch: Card) -> Card:
        """Marketing prepares the launch; marketing and finance approve it."""
        launch = await self.fills_in(launch, "member-marketing")
        launch = await self.moves(launch, "member-marketing", "prepare")
        launch = await self.fills_in(launch, "member-marketing")
        launch = await self.moves(launch, "member-marketing", "ready")
        launch = await self.approves(launch, "sales:member-sales", "success:member-success")
        assert launch.stay.phase == "ready"
        feature = await self.accepts(feature, "member-marketing")
        feature = await self.fills_in(feature, "member-marketing")
        feature = await self.moves(feature, "member-marketing", "to-measure")
        return await self.approves(feature, "marketing:lead-marketing", "finance:role-finance")

    async def measures(self, feature: Card) -> None:
        """After 30 and after 90 days the readings ask for themselves, until they are entered."""
        for days, name in ((31, "readings_30"), (60, "readings_90")):
            await self.months.passes(feature, timedelta(days=days))
            await self.automations.until(feature, labels=("readings due",))
            reading: JsonValue = [{"metric": "Weekly users", "target": 300, "value": 340}]
            values = {FieldId(name): reading}
            feature = await self.does(feature, "member-product", EditCard(values=values))
            await self.automations.until(feature, labels=())
        feature = await self.fills_in(feature, "member-product")
        feature = await self.moves(feature, "member-product", "finish")
        assert feature.life.status == "done"


def told_in(definition: Definition) -> dict[FieldId, JsonValue]:
    """What the people of the definition's first scenario write into its fields."""
    acts = [step for step in definition.scenarios[0].steps if isinstance(step, Act)]
    return {name: value for act in acts for name, value in act.fields.items() if value is not None}


@asynccontextmanager
async def a_company(environment: WorkflowEnvironment, folder: Path) -> AsyncIterator[Company]:
    """The shipped pipes, and for each team and role that they address somebody."""
    async with months(environment, folder) as world:
        engine = world.engine
        pipes = [await published(world, path) for path in sorted(SHIPPED.glob("*.json"))]
        async with engine.database.writing() as connection:
            for team in TEAMS:
                await people.add_team(connection, team, team.capitalize())
                for who in ("member", "lead"):
                    await people.add_user(connection, a_user(f"{who}-{team}", "member"))
                    await people.set_member(connection, team, f"{who}-{team}", lead=who == "lead")
            for role in ROLES:
                await people.add_user(connection, a_user(f"role-{role}", "member"))
                for pipe in pipes:
                    await people.give_role(connection, pipe.id, f"role-{role}", role)
        app = create_app(engine.settings)
        app.state.services = Services(
            settings=engine.settings,
            database=engine.database,
            guesses=Guesses(engine.database),
            gateway=engine.gateway,
            definitions=Definitions(),
            deliveries=engine.deliveries,
            attaching=attaching_of(engine.database, engine.settings),
            migrations=engine.migrations,
        )
        async with (
            LiveChanges(engine.database) as app.state.live,
            engine.quick_worker(),
            automated(engine) as automations,
            served(app) as address,
        ):
            by_id = {pipe.id: pipe for pipe in pipes}
            yield Company(months=world, automations=automations, address=address, pipes=by_id)


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The application on a free port, without what it starts with: it is given its services."""
    port = free_port()
    config = uvicorn.Config(app, port=port, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())

    async def is_up() -> bool:
        return server.started

    await eventually_so(is_up)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


async def published(world: Months, path: Path) -> Definition:
    document = json.loads(path.read_text(encoding="utf-8"))
    await world.publish(document)
    return definition_from_document(document)
