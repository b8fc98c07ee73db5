"""The public form: sent and followed without an account, held against floods, shown in frames."""

import re

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.pages.company import Company
from tests.servers.visitors import from_elsewhere, visiting

FORM = "/forms/requests"


def stranger(company: Company) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=company.house.address,
        headers={"Accept": "text/html", **from_elsewhere()},
        timeout=20,
    )


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_a_stranger_asks_and_follows(
    browser: Browser, company: Company, scripts: bool
) -> None:
    async with visiting(browser, company.house, java_script_enabled=scripts) as page:
        await page.goto(FORM)
        await page.get_by_label("Why").fill("It cannot be read.")
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_role("alert")).to_contain_text("What do you need is needed.")
        await expect(page.get_by_label("Why")).to_have_value("It cannot be read.")
        await page.get_by_label("What do you need").fill("Larger letters")
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Larger letters")
        await expect(page.get_by_text("It is being worked on: it is in New.")).to_be_visible()
        await expect(page.get_by_text("It cannot be read.")).to_be_visible()
        address = page.url
        assert re.search(r"/follow/[\w-]{40,}$", address)
        await page.context.clear_cookies()
        await page.goto(address)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Larger letters")


async def test_the_same_form_sent_twice_is_one_card(company: Company) -> None:
    typed = {"what": "Once only", "secret-link": "s" * 43}
    async with stranger(company) as client:
        first = await client.post(FORM, data=typed)
        again = await client.post(FORM, data=typed)
        assert (first.status_code, again.status_code) == (303, 303)
        assert first.headers["location"] == again.headers["location"] == f"/follow/{'s' * 43}"
    async with await company.program("max") as program:
        found = await program.get("/pipes/requests/cards", params={"q": "Once only"})
        assert len(found.json()["items"]) == 1


async def test_a_program_that_fills_in_everything_is_caught_and_told(company: Company) -> None:
    async with stranger(company) as client:
        answer = await client.post(FORM, data={"what": "Cheap pills", "leave-empty": "http://x"})
    assert answer.status_code == 422
    assert "Cheap pills" in answer.text
    assert "send the form again" in answer.text


async def test_a_flood_is_held_off_and_nothing_typed_is_lost(company: Company) -> None:
    async with stranger(company) as client:
        answers = [await client.post(FORM, data={"what": f"Flood {each}"}) for each in range(12)]
    last = answers[-1]
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) > 0
    assert "Flood 11" in last.text


@pytest.mark.parametrize(
    "address",
    ["/forms/product-lifecycle", "/forms/nowhere", "/follow/guessed", f"/follow/{'x' * 99}"],
)
async def test_what_is_not_public_is_not_there(company: Company, address: str) -> None:
    async with stranger(company) as client:
        assert (await client.get(address)).status_code == 404


async def test_a_form_from_another_site_is_refused(company: Company) -> None:
    async with stranger(company) as client:
        answer = await client.post(
            FORM, data={"what": "Forged"}, headers={"Origin": "https://elsewhere.example"}
        )
    assert answer.status_code == 403
