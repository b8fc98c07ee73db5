"""Cards are connected, automations set off and looked after, without scripts and with them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.api.test_automations import PLANS
from tests.engine.automating import a_goal, a_task
from tests.engine.running import eventually_so
from tests.pages.accessibility import faults_of, sticks_out
from tests.servers.installation import Installation
from tests.servers.visitors import Somebody, add_people, program_of, visiting


@pytest.fixture(scope="module")
async def ada(house: Installation) -> AsyncIterator[httpx.AsyncClient]:
    """An admin, and the pipes of goals and tasks."""
    await add_people(house, [Somebody(id="ada", name="Ada", role="admin")])
    async with await program_of(house, "ada") as client:
        for document in (a_task(), a_goal(automations=PLANS)):
            published = await client.post("/pipes", json=document)
            assert published.status_code == 201, published.text
        yield client


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_cards_are_connected_and_automations_looked_after(
    browser: Browser, house: Installation, ada: httpx.AsyncClient, scripts: bool
) -> None:
    task = await created(ada, "tasks", what=f"Lay the tracks, {scripts}")
    goal = await created(ada, "goals", name="A line to the sea")
    async with visiting(browser, house, "ada", java_script_enabled=scripts) as page:
        await connects(page, goal, task, f"tracks, {scripts}")
        await presses(page, goal)
        await rehearses_and_runs_again(page, goal)
        if scripts:
            await is_for_everybody(page, goal)


async def created(client: httpx.AsyncClient, pipe: str, **fields: Any) -> str:
    answer = await client.post(f"/pipes/{pipe}/cards", json={"fields": fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


async def connects(page: Page, goal: str, task: str, words: str) -> None:
    connections = page.locator("#card-connections")
    await page.goto(f"/cards/{goal}")
    await connections.get_by_role("link", name="Connect").click()
    await page.get_by_label("Search cards").fill("no such card")
    await page.get_by_role("button", name="Search").click()
    await expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    await page.get_by_label("Search cards").fill(words)
    await page.get_by_role("button", name="Search").click()
    await page.get_by_role("button", name=f"Connect {task}").click()
    await expect(connections).to_contain_text(words)

    await connections.get_by_role("link", name=task).click()
    await expect(page.locator("#card-connections")).to_contain_text("Part of")
    await page.locator("#card-connections").get_by_role("link", name=goal).click()
    await connections.get_by_role("button", name=f"Disconnect {task}").click()
    await expect(connections).to_contain_text("None yet.")


async def presses(page: Page, goal: str) -> None:
    await page.goto(f"/cards/{goal}")
    await page.get_by_role("button", name="Split it up").click()
    await expect(page.locator("#history")).to_contain_text("pressed “Split it up”")

    async def is_there() -> bool:
        await page.goto(f"/cards/{goal}")
        return await page.locator("#card-connections").get_by_text("To do").count() == 1

    await eventually_so(is_there)
    await expect(page.locator("#history")).to_contain_text("Automation “Split”")


async def rehearses_and_runs_again(page: Page, goal: str) -> None:
    await page.get_by_role("link", name="All automations of Goals").click()
    await expect(page.get_by_text("When Count changes, if Count is more than 3:")).to_be_visible()
    await page.get_by_label("Automation").first.select_option("count")
    await page.get_by_label("Card").fill(goal)
    await page.get_by_role("button", name="What would it do?").click()
    await expect(page.locator("#dry-run")).to_contain_text("the condition does not hold")
    await page.get_by_role("button", name=f"Run again: Split for {goal}").first.click()
    await expect(page.get_by_text("“Split” runs again.")).to_be_visible()

    async def ran_twice() -> bool:
        await page.goto(page.url)
        return await page.get_by_role("button", name=f"Run again: Split for {goal}").count() == 2

    await eventually_so(ran_twice)


async def is_for_everybody(page: Page, goal: str) -> None:
    """Axe finds nothing on what is new, on a phone neither."""
    await page.set_viewport_size({"width": 360, "height": 740})
    for address in (
        f"/cards/{goal}",
        f"/cards/{goal}/connect/tasks",
        f"/pipes/goals/automations?rehearse=split&card={goal}",
    ):
        await page.goto(address)
        assert await faults_of(page) == []
        assert await sticks_out(page) == []
