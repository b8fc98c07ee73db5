"""Files in the browser: chosen, dropped, and attached without scripts."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.pages.company import Company, create
from tests.pipes.test_files import HTML, PNG
from tests.servers.visitors import visiting

DROPS = """async ([selector, name, text]) => {
  const place = document.querySelector(selector);
  const carried = new DataTransfer();
  carried.items.add(new File([text], name, { type: "text/plain" }));
  for (const kind of ["dragover", "drop"]) {
    const how = { dataTransfer: carried, bubbles: true, cancelable: true };
    place.dispatchEvent(new DragEvent(kind, how));
  }
}"""


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_a_file_is_attached_saved_and_taken_away(
    browser: Browser, company: Company, tmp_path: Path, scripts: bool
) -> None:
    async with await company.program("max") as program:
        key = await create(program, "Has files")
    plan = tmp_path / "The plan.txt"
    plan.write_bytes(b"One. Two. Three.")
    async with visiting(browser, company.house, "max", java_script_enabled=scripts) as page:
        await page.goto(f"/cards/{key}")
        await page.get_by_label("Attach files").set_input_files(plan)
        if not scripts:
            await page.get_by_role("button", name="Attach", exact=True).click()
        files = page.locator("#card-files")
        link = files.get_by_role("link", name="The plan.txt")
        await expect(link).to_be_visible()
        await expect(page.locator("#history")).to_contain_text("attached “The plan.txt”")
        async with page.expect_download() as coming:
            await link.click()
        saved = await (await coming.value).path()
        assert saved.read_bytes() == plan.read_bytes()
        await files.get_by_role("button", name="Take The plan.txt away").click()
        await expect(files).to_contain_text("None yet.")


async def test_files_are_dropped_on_the_panel(browser: Browser, company: Company) -> None:
    async with visiting(browser, company.house, "max") as page:
        await page.goto(f"/cards/{company.plain}")
        await page.evaluate(DROPS, ["#card-files", "dropped.txt", "From the desk."])
        await expect(page.get_by_role("link", name="dropped.txt")).to_be_visible()
        await page.evaluate(DROPS, ["#card-files", "evil.png", "no picture"])
        await expect(page.get_by_role("alert")).to_contain_text("Was it renamed?")
        await expect(page.get_by_role("link", name="evil.png")).to_have_count(0)


async def test_a_field_of_files_is_saved_as_one_goes(
    browser: Browser, company: Company, tmp_path: Path
) -> None:
    async with await company.program("max") as program:
        key = await create(program, "Has pictures")
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    good.write_bytes(PNG)
    bad.write_bytes(HTML)
    async with visiting(browser, company.house, "max") as page:
        await page.goto(f"/cards/{key}")
        field = page.locator("#pictures-field")
        await field.locator("input[type=file]").set_input_files(good)
        await expect(page.locator("[data-saved]")).to_have_text("Saved")
        await expect(field.get_by_label("good.png")).to_be_checked()
        await field.locator("input[type=file]").set_input_files(bad)
        await expect(field).to_contain_text("Was it renamed?")
        await expect(field.get_by_label("good.png")).to_be_checked()
        await page.reload()
        await field.get_by_label("good.png").uncheck()
        await expect(page.locator("[data-saved]")).to_have_text("Saved")
        await expect(field.get_by_label("good.png")).to_have_count(0)


async def test_a_stranger_sends_a_picture_with_the_public_form(
    browser: Browser, company: Company, tmp_path: Path
) -> None:
    picture = tmp_path / "shot.png"
    picture.write_bytes(PNG)
    async with visiting(browser, company.house, java_script_enabled=False) as page:
        await page.goto("/forms/requests")
        await page.locator("#pictures").set_input_files(picture)
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_role("alert")).to_contain_text("What do you need is needed.")
        await expect(page.get_by_label("shot.png")).to_be_checked()
        await page.get_by_label("What do you need").fill("See the picture")
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_text("shot.png")).to_be_visible()
