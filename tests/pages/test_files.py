"""Files in the browser: chosen, dropped, and attached without scripts."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from api.signin.passwords import hash_password
from api.signin.people import COOKIE
from engine.store import people
from tests.pages.company import Company, create
from tests.pipes.test_files import HTML, PNG
from tests.servers.visitors import sign_in, visiting, writing

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


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_files_of_a_form_outlive_the_session(
    browser: Browser, company: Company, tmp_path: Path, scripts: bool
) -> None:
    """Typed and chosen, the session ended, sent: after the sign-in it is all there to be sent."""
    password = "eleven quiet otters"
    async with writing(company.house) as connection:
        await people.set_password(connection, "mia", hash_password(password))
    picture = tmp_path / "shot.png"
    picture.write_bytes(PNG)
    async with visiting(browser, company.house, "mia", java_script_enabled=scripts) as page:
        await page.goto("/pipes/requests/new")
        await page.get_by_label("What do you need").fill(f"Not lost, scripts {scripts}")
        await page.get_by_label("It is urgent").check()
        await page.locator("#pictures").set_input_files(picture)
        await page.context.clear_cookies()
        await page.get_by_role("button", name="Create the request").click()
        await expect(page.get_by_text("What you typed and chose is kept")).to_be_visible()
        await page.get_by_label("User").fill("mia")
        await page.get_by_label("Password").fill("not this one at all")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_contain_text("not right")
        await page.get_by_label("Password").fill(password)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_text("shot.png")).to_be_visible()
        await page.get_by_role("button", name="Send it now").click()
        await expect(page.get_by_role("heading", name="Not lost")).to_be_visible()
        await expect(page.locator("main")).to_contain_text("shot.png")


async def test_who_signs_in_in_another_window_goes_on_with_the_form(
    browser: Browser, company: Company, tmp_path: Path
) -> None:
    """As by a provider: what was kept waits on the page that asked for the sign-in."""
    picture = tmp_path / "shot.png"
    picture.write_bytes(PNG)
    async with visiting(browser, company.house, "mia", java_script_enabled=False) as page:
        await page.goto("/pipes/requests/new")
        await page.get_by_label("What do you need").fill("Signed in elsewhere")
        await page.locator("#pictures").set_input_files(picture)
        await page.context.clear_cookies()
        await page.get_by_role("button", name="Create the request").click()
        await expect(page.get_by_text("What you typed and chose is kept")).to_be_visible()
        await sign_in(page.context, company.house, "mia")
        await page.get_by_role("button", name="Go on with what you typed").click()
        await expect(page.get_by_text("shot.png")).to_be_visible()
        await page.get_by_role("button", name="Send it now").click()
        await expect(page.get_by_role("heading", name="Signed in elsewhere")).to_be_visible()
        await expect(page.locator("main")).to_contain_text("shot.png")


async def test_a_file_attached_after_the_session_ended_is_sent_when_there_is_one_again(
    browser: Browser, company: Company, tmp_path: Path
) -> None:
    async with await company.program("max") as program:
        key = await create(program, "Attached late")
    plan = tmp_path / "The plan.txt"
    plan.write_bytes(b"One. Two. Three.")
    async with visiting(browser, company.house, "max") as page:
        await page.goto(f"/cards/{key}")
        await page.context.clear_cookies(name=COOKIE)
        await page.get_by_label("Attach files").set_input_files(plan)
        await expect(page.get_by_role("link", name="Sign in again")).to_be_visible()
        await sign_in(page.context, company.house, "max")
        await page.get_by_role("button", name="Then send it").click()
        await expect(page.locator("#card-files").get_by_role("link")).to_have_text("The plan.txt")


async def test_a_file_attached_without_scripts_outlives_the_session(
    browser: Browser, company: Company, tmp_path: Path
) -> None:
    async with await company.program("max") as program:
        key = await create(program, "Attached late and plainly")
    plan = tmp_path / "The plan.txt"
    plan.write_bytes(b"One. Two. Three.")
    async with visiting(browser, company.house, "max", java_script_enabled=False) as page:
        await page.goto(f"/cards/{key}")
        await page.get_by_label("Attach files").set_input_files(plan)
        await page.context.clear_cookies()
        await page.get_by_role("button", name="Attach", exact=True).click()
        await expect(page.get_by_text("is kept for an hour")).to_be_visible()
        await sign_in(page.context, company.house, "max")
        await page.get_by_role("button", name="Go on with what you typed").click()
        await page.get_by_role("button", name="Send it now").click()
        await expect(page.locator("#card-files").get_by_role("link")).to_have_text("The plan.txt")


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
