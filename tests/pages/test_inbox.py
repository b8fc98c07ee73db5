"""The inbox: what waits is answered where it stands, with scripts and without."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.pages.company import Company, create, send
from tests.servers.visitors import visiting


async def waits_for_approval(company: Company, what: str) -> str:
    async with await company.program("max") as program:
        key = await create(program, what, size=1)
        await send(program, "POST", key, "/moves", transition="check", comment="Have a look.")
        return key


async def waits_for_the_team(company: Company, what: str) -> str:
    async with await company.program("max") as program:
        key = await create(program, what, size=1)
        await send(program, "POST", key, "/moves", transition="begin")
        return key


async def mentioned(company: Company, user: str, key: str) -> None:
    """Waits until somebody has been told; the workers do that a little after the comment."""
    async with await company.program(user) as program, asyncio.timeout(15):
        while True:
            inbox = (await program.get("/inbox")).json()
            if key in [each["card"] for each in inbox["mentions"]]:
                return
            await asyncio.sleep(0.05)


def entry(page: Page, kind: str, key: str) -> Locator:
    return page.locator(f"#{kind}-{key}")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_an_approver_decides_in_place(
    browser: Browser, company: Company, scripts: bool
) -> None:
    key = await waits_for_approval(company, "To be approved at home")
    async with visiting(browser, company.house, "paul", java_script_enabled=scripts) as page:
        await page.goto("/")
        asked = entry(page, "approval", key)
        await expect(asked).to_contain_text("Max Okonkwo asked for “Have it checked”")
        await expect(asked).to_contain_text("Have a look.")
        await asked.get_by_role("button", name="Reject").click()
        await expect(asked.get_by_role("alert")).to_contain_text("a rejection needs a comment")
        await asked.get_by_label("Comment").fill("Looks right.")
        await asked.get_by_role("button", name="Approve").click()
        await expect(page.get_by_text(f"You approved {key}.")).to_be_visible()
        await expect(asked).to_have_count(0)
        await page.goto(f"/cards/{key}")
        await expect(page.locator("#history")).to_contain_text("Looks right.")


async def test_a_delegate_finds_it_and_decides_in_the_others_name(
    browser: Browser, company: Company
) -> None:
    now = datetime.now(UTC)
    leave = {
        "begins_at": (now - timedelta(days=1)).isoformat(),
        "ends_at": (now + timedelta(days=1)).isoformat(),
        "delegate": "lea",
    }
    async with await company.program("paul") as paul:
        away = await paul.post("/users/paul/leaves", json=leave)
        assert away.status_code == 201, away.text
        try:
            key = await waits_for_approval(company, "To be approved by somebody else")
            async with visiting(browser, company.house, "lea") as page:
                await page.goto("/")
                asked = entry(page, "approval", key)
                await expect(asked).to_contain_text("in the name of Paul Almeida, who is away")
                await asked.get_by_label("Comment").fill("Paul would agree.")
                await asked.get_by_role("button", name="Approve").click()
                await expect(page.get_by_text(f"You approved {key}")).to_be_visible()
                await page.goto(f"/cards/{key}")
                history = page.locator("#history")
                await expect(history).to_contain_text("in the name of Paul")
        finally:
            ended = await paul.delete(f"/users/paul/leaves/{away.json()['begins_at']}")
            assert ended.status_code == 204, ended.text


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_a_lead_accepts_and_returns_in_place(
    browser: Browser, company: Company, scripts: bool
) -> None:
    taken = await waits_for_the_team(company, "To be taken over")
    returned = await waits_for_the_team(company, "To be sent back")
    async with visiting(browser, company.house, "lea", java_script_enabled=scripts) as page:
        await page.goto("/")
        handed = entry(page, "handoff", taken)
        await handed.get_by_role("button", name="Accept for Web").click()
        await expect(handed.get_by_role("alert")).to_contain_text("Not ticked yet: Read it")
        await handed.get_by_label("Read it").check()
        await handed.get_by_role("button", name="Accept for Web").click()
        await expect(page.get_by_text(f"You accepted {taken}.")).to_be_visible()

        back = entry(page, "handoff", returned)
        await back.get_by_text("Return to New").click()
        await back.get_by_label("What is missing").fill("The pictures.")
        await back.get_by_role("button", name="Return", exact=True).click()
        await expect(page.get_by_text(f"You returned {returned}.")).to_be_visible()
        await expect(entry(page, "handoff", returned)).to_have_count(0)


async def test_a_mention_stands_there_until_it_is_put_away(
    browser: Browser, company: Company
) -> None:
    async with await company.program("max") as program:
        key = await create(program, "Who knows more")
        await send(program, "POST", key, "/comments", text="@mia knows, *perhaps*.")
    await mentioned(company, "mia", key)
    async with visiting(browser, company.house, "mia") as page:
        await page.goto("/")
        mentions = page.get_by_role("region", name="Mentions").get_by_role("listitem")
        mention = mentions.filter(has_text="Max Okonkwo in Who knows more")
        await expect(mention.locator("em")).to_have_text("perhaps")
        await mention.get_by_role("button", name="Done").click()
        await expect(mention).to_have_count(0)
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")
        await expect(mention).to_have_count(0)


async def test_assigned_cards_tell_the_time_left_the_most_urgent_first(
    browser: Browser, company: Company
) -> None:
    async with visiting(browser, company.house, "lea") as page:
        await page.goto("/")
        assigned = page.get_by_role("region", name="Assigned to you")
        await expect(assigned).to_contain_text("Bigger pictures")
        await expect(assigned.locator(".pill").first).to_contain_text("left")


async def test_nobody_is_asked_what_is_not_theirs_to_answer(
    browser: Browser, company: Company
) -> None:
    async with visiting(browser, company.house, "new") as page:
        await page.goto("/")
        await expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
        await expect(page.get_by_role("button", name="Approve")).to_have_count(0)


async def test_the_api_tells_the_same_as_the_page(company: Company) -> None:
    await mentioned(company, "lea", company.plain)
    async with await company.program("paul") as paul, await company.program("lea") as lea:
        approver = (await paul.get("/inbox")).json()
        lead = (await lea.get("/inbox")).json()
    assert company.asked in [card["key"] for card in approver["approvals"]]
    assert company.handed in [card["key"] for card in lead["handoffs"]]
    assert company.plain in [each["card"] for each in lead["mentions"]]
    assert company.plain in [card["key"] for card in lead["items"]]
