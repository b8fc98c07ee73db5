"""An admin brings running cards onto a new version: plan, dry run, start, report; by hand."""

from copy import deepcopy

import httpx
import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.api.test_migrations import FIRST, second
from tests.pages.accessibility import faults_of, sticks_out
from tests.servers.installation import Installation
from tests.servers.visitors import Somebody, add_people, visiting

VERA = Somebody(id="vera", name="Vera Lindqvist", role="admin")
DESK, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=740)


@pytest.fixture(scope="module")
async def company(house: Installation) -> Installation:
    await add_people(house, [VERA])
    return house


async def a_pipe(client: httpx.AsyncClient, name: str, key: str) -> None:
    """A pipe with three cards on its first version, one of them planned, and a second version."""
    for document in (FIRST, second()):
        named = deepcopy(document) | {"id": name, "name": name.capitalize()}
        named["card"] = {**named["card"], "key": key}
        published = await client.post("/pipes", json=named)
        assert published.status_code == 201, published.text
        if document is FIRST:
            for what in ("Trains", "Boats", "Planes"):
                fields = {"what": what, "size": "S", "salary": "9000"}
                made = await client.post(f"/pipes/{name}/cards", json={"fields": fields})
                assert made.status_code == 201, made.text
            moved = await client.post(f"/cards/{key}-3/moves", json={"transition": "plan"})
            assert moved.status_code == 200, moved.text


async def is_for_everybody(page: Page) -> None:
    """Nothing stands in anybody's way, in either theme and on a phone."""
    assert await faults_of(page) == []
    await page.emulate_media(color_scheme="dark")
    assert await faults_of(page) == []
    await page.set_viewport_size(PHONE)
    assert (await faults_of(page), await sticks_out(page)) == ([], [])
    await page.set_viewport_size(DESK)
    await page.emulate_media(color_scheme="light")


async def test_an_admin_brings_cards_over(browser: Browser, company: Installation) -> None:
    async with company.client() as client:
        await a_pipe(client, "wishes", "WISH")
        async with visiting(browser, company, VERA.id, viewport=DESK) as page:
            await page.goto("/pipes/wishes/versions")
            await page.get_by_role("link", name="Bring them over").click()
            await is_for_everybody(page)
            await page.get_by_role("button", name="Dry run").click()
            report = page.locator("#migration")
            await expect(report.get_by_role("heading", name="Done")).to_be_visible()
            await expect(report).to_contain_text("the plan names none for it")
            await is_for_everybody(page)
            await expect(page.get_by_role("button", name="Bring 1 card over")).to_be_visible()

            await page.get_by_role("link", name="Change the plan").click()
            await page.get_by_label("Cards in New go to").select_option("Asked")
            await page.get_by_label("Size").select_option("Becomes Effort")
            await page.get_by_label("Salary").select_option("-")
            await page.get_by_label("Clocks that run").select_option("recomputed")
            await page.get_by_role("button", name="Dry run").click()
            await expect(report).to_contain_text("Stands in Asked instead of New.")
            await expect(report).to_contain_text("“Size” becomes “Effort”.")
            await is_for_everybody(page)
            assert (await client.get("/cards/WISH-1")).json()["pipe_version"] == 1

            await page.get_by_role("button", name="Bring 3 cards over").click()
            await expect(report.get_by_role("heading", name="Done")).to_be_visible()
            await expect(report.get_by_role("link", name="Gone over 3")).to_be_visible()
            await is_for_everybody(page)
            await page.get_by_role("link", name="WISH-1").click()
            await expect(page.get_by_role("heading", name="Trains")).to_be_visible()
            await expect(page.locator("body")).to_contain_text("onto version 2")
            card = (await client.get("/cards/WISH-1")).json()
            assert (card["pipe_version"], card["phase"]) == (2, "asked")
            await page.goto("/pipes/wishes/versions")
            await expect(page.get_by_text("earlier version")).to_have_count(0)


async def test_it_goes_without_scripts_and_a_mistake_loses_nothing(
    browser: Browser, company: Installation
) -> None:
    async with company.client() as client:
        await a_pipe(client, "plans", "PLAN")
        async with visiting(
            browser, company, VERA.id, viewport=DESK, java_script_enabled=False
        ) as page:
            await page.goto("/pipes/plans/migrate")
            await page.get_by_label("Cards in New go to").select_option("Asked")
            await page.get_by_label("Or only these cards").fill("PLAN-1, PLAN-99")
            await page.get_by_role("button", name="Dry run").click()
            await expect(page.get_by_role("alert")).to_contain_text("no card “PLAN-99”")
            await expect(page.get_by_label("Cards in New go to")).to_have_value("asked")
            await expect(page.get_by_label("Or only these cards")).to_have_value("PLAN-1, PLAN-99")
            await page.get_by_label("Or only these cards").fill("PLAN-1")
            await page.get_by_role("button", name="Dry run").click()
            await until_done(page)
            await page.get_by_role("button", name="Bring 1 card over").click()
            await until_done(page)
            await expect(page.locator("#migration")).to_contain_text("Gone over")
            shown = [(await client.get(f"/cards/PLAN-{number}")).json() for number in (1, 2)]
            assert [each["pipe_version"] for each in shown] == [2, 1]


async def test_cards_are_given_what_their_new_version_needs(
    browser: Browser, company: Installation
) -> None:
    async with company.client() as client:
        await a_pipe(client, "needs", "NEED")
        third = deepcopy(FIRST) | {"id": "needs", "name": "Needs"}
        third["card"] = {**third["card"], "key": "NEED"}
        third["fields"] |= {
            "owner": {"type": "short_text", "label": "Owner"},
            "cost": {"type": "integer", "label": "Cost", "minimum": 1},
        }
        needed = [{"field": name, "required": True} for name in ("owner", "cost")]
        for phase in third["phases"][:2]:
            phase["form"] = [*phase["form"], *needed]
        published = await client.post("/pipes", json=third)
        assert published.status_code == 201, published.text
        async with visiting(browser, company, VERA.id, viewport=DESK) as page:
            await page.goto("/pipes/needs/migrate")
            await is_for_everybody(page)
            await page.get_by_label("Owner").fill("Web team")
            await page.get_by_label("Cost").fill("a lot")
            await page.get_by_role("button", name="Dry run").click()
            await expect(page.get_by_role("alert")).to_contain_text("“a lot” is no number.")
            await expect(page.get_by_label("Owner")).to_have_value("Web team")
            await expect(page.get_by_label("Cost")).to_have_value("a lot")
            await page.get_by_label("Cost").fill("1,200")
            await page.get_by_role("button", name="Dry run").click()
            await page.get_by_role("button", name="Bring 3 cards over").click()
            await expect(page.get_by_role("link", name="Gone over 3")).to_be_visible()
        card = (await client.get("/cards/NEED-1")).json()
        assert card["pipe_version"] == 3
        assert (card["fields"]["owner"], card["fields"]["cost"]) == ("Web team", 1200)


async def until_done(page: Page) -> None:
    """Asks again, as people do who have no scripts."""
    for _ in range(50):
        if await page.get_by_role("heading", name="Done").count():
            return
        await page.wait_for_timeout(100)
        await page.reload()
    raise AssertionError(await page.content())
