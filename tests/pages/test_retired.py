"""A pipe that was retired: nothing begins in it any more, and every page says so."""

from playwright.async_api import Browser, expect

from tests.pages.company import REQUESTS, Company
from tests.servers.visitors import visiting

CLOSED = "closed-requests"


async def test_nothing_is_begun_where_a_pipe_is_retired(browser: Browser, company: Company) -> None:
    card = {**REQUESTS["card"], "key": "CLOSED", "summary": ["keeper"]}
    fields = {**REQUESTS["fields"], "keeper": {"type": "user", "label": "Keeper"}}
    start = {"phase": "new", "form": ["what", "keeper"]}
    pipe = {
        **REQUESTS,
        "id": CLOSED,
        "name": "Closed requests",
        "card": card,
        "fields": fields,
        "start": start,
    }
    async with await company.program("vera") as vera:
        published = await vera.post("/pipes", json=pipe)
        assert published.status_code == 201, published.text
        made = await vera.post(
            f"/pipes/{CLOSED}/cards", json={"fields": {"what": "The last one", "keeper": "mia"}}
        )
        assert made.status_code == 201, made.text
        retired = await vera.post(f"/pipes/{CLOSED}/retire")
        assert retired.status_code == 204, retired.text
    async with visiting(browser, company.house, "max") as page:
        await page.goto("/pipes")
        tile = page.locator(".tile", has_text="Closed requests")
        await expect(tile).to_contain_text("Retired")
        await expect(tile.get_by_role("link", name="New request")).to_have_count(0)
        await page.goto(f"/pipes/{CLOSED}")
        await expect(page.locator(".board-head")).to_contain_text("Retired")
        await expect(page.get_by_role("link", name="New request")).to_have_count(0)
        # People in a card's summary are called by their names, as everywhere.
        await expect(page.locator(".card-summary")).to_contain_text("Keeper Mia Tanaka")
        answer = await page.goto(f"/pipes/{CLOSED}/new")
        assert answer is not None
        assert answer.status == 409
        await expect(page.get_by_role("main")).to_contain_text("The pipe is retired")
    async with visiting(browser, company.house, "vera") as page:
        await page.goto(f"/pipes/{CLOSED}/versions")
        await expect(page.get_by_text("new cards start on it")).to_have_count(0)
