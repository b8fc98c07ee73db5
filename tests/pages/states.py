"""How a page is brought into one of its states: what a person does there, up to what they see."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page

from tests.pages.company import CAREFUL, LONG, PASSWORD
from tests.pipes.test_files import PNG


async def unchecked(page: Page) -> None:
    """Past what the browser checks by itself: what is refused then is told by a page."""
    await page.evaluate(
        "() => document.querySelectorAll('form').forEach((each) => { each.noValidate = true; })"
    )


def press(button: str) -> Callable[[Page], Awaitable[None]]:
    async def pressing(page: Page) -> None:
        await page.get_by_role("button", name=button).first.click()
        await page.get_by_role("alert").first.wait_for()

    return pressing


def follow(link: str, until: str) -> Callable[[Page], Awaitable[None]]:
    async def following(page: Page) -> None:
        await page.get_by_role("link", name=link, exact=True).click()
        await page.locator(until).first.wait_for()

    return following


def write(begin: str, tab: str) -> Callable[[Page], Awaitable[None]]:
    """A draft that begins so, with one of the panels beside it."""

    async def writing(page: Page) -> None:
        await page.get_by_role("button", name=begin).first.click()
        await page.locator(".cm-content").wait_for()
        await page.get_by_role("tab", name=tab).click()

    return writing


async def make_a_token(page: Page) -> None:
    await page.get_by_text("Make a token").click()
    await page.get_by_label("What it is for").fill("Reports")
    await page.get_by_role("button", name="Make the token").click()
    await page.get_by_label("Shown only now").wait_for()


async def unfold_everything(page: Page) -> None:
    await page.evaluate(
        "() => document.querySelectorAll('main details').forEach((each) => { each.open = true; })"
    )


async def open_the_menu(page: Page) -> None:
    await page.locator("[data-menu] > summary").last.click()


async def set_up_a_second_factor(page: Page) -> None:
    await page.get_by_role("button", name="Set it up").click()
    await page.locator("#letters").wait_for()


async def take_the_first_step(page: Page) -> None:
    await page.get_by_label("User").fill(CAREFUL)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", name="Your code").wait_for()


async def begin_a_mention(page: Page) -> None:
    await page.get_by_label("Write a comment").press_sequentially("Would you look, @")
    await page.get_by_role("listbox").wait_for()


async def write_a_mail_to_nobody(page: Page) -> None:
    await page.get_by_text("Write a mail", exact=True).click()
    await page.get_by_label("To", exact=True).fill("eve at example.com")
    await page.get_by_label("Text", exact=True).fill("It is planned for May.")
    await page.get_by_role("button", name="Send", exact=True).click()
    await page.get_by_role("alert").first.wait_for()


async def write_wrongly(page: Page) -> None:
    await write("New pipe", "Findings")(page)
    await page.locator(".cm-content").focus()
    await page.keyboard.insert_text('{"id": "x", "nmae": "y"}')
    await page.locator("#findings [data-finding]").first.wait_for()


async def make_recovery_codes(page: Page) -> None:
    await page.get_by_role("button", name="recovery codes").click()
    await page.locator("#codes").wait_for()


async def mistake_the_password(page: Page) -> None:
    await page.get_by_label("Password").fill("not this one")
    await page.get_by_role("main").get_by_role("button").first.click()
    await page.get_by_role("alert").first.wait_for()


async def choose_two_passwords(page: Page) -> None:
    await unchecked(page)
    await page.locator("#new").fill("short")
    await page.locator("#again").fill("shorter")
    await press("Save")(page)


async def sign_in_as_nobody(page: Page) -> None:
    await page.get_by_label("User").fill("nobody")
    await page.get_by_label("Password").fill("at all")
    await press("Sign in")(page)


async def recover_with_no_code(page: Page) -> None:
    await unchecked(page)
    for label in ("User", "Recovery code", "New password", "The same again"):
        await page.get_by_label(label).fill("at all")
    await press("Save the password")(page)


async def send_after_the_session(page: Page) -> None:
    await page.get_by_label("What do you need").fill(LONG)
    await page.locator("#pictures").set_input_files(
        {"name": f"{LONG[:200]}.png", "mimeType": "image/png", "buffer": PNG}
    )
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Create").click()
    await page.get_by_text("What you typed and chose is kept").wait_for()


async def forge_a_form(page: Page) -> None:
    await page.evaluate("() => document.querySelector('main [name=csrf_token]').remove()")
    await page.get_by_label("What do you need").fill(LONG)
    await page.get_by_role("button", name="Create").click()
    await page.get_by_role("heading", name="This has not been sent yet").wait_for()


async def write_a_wrong_size(page: Page) -> None:
    await page.locator("#size").fill("very large")
    await page.locator("#size").blur()
    await page.locator("[aria-invalid]").wait_for()


async def type_wrongly(page: Page, boxes: str, button: str) -> None:
    """Leaves every box with what nothing takes, and sends it past the browser's own checks."""
    await unfold_everything(page)
    await unchecked(page)
    await page.locator(boxes).first.fill("?" * 150)
    await press(button)(page)


async def make_no_team(page: Page) -> None:
    await type_wrongly(page, "#id", "Make the team")


async def add_nobody(page: Page) -> None:
    await type_wrongly(page, "#id", "Add")


async def rename_oneself_to_nothing(page: Page) -> None:
    await unchecked(page)
    await page.locator("#name").fill("")
    await press("Save")(page)


async def take_a_leave_away(page: Page) -> None:
    await page.get_by_text("Plan a leave", exact=True).click()
    await page.get_by_label("Begins").fill("2031-01-01T09:00")
    await page.get_by_label("Ends").fill("2031-01-08T09:00")
    await page.get_by_role("button", name="Save the leave").click()
    await page.get_by_role("button", name="Take away").click()
    await page.get_by_role("button", name="Undo").wait_for()


async def end_a_leave_before_it_begins(page: Page) -> None:
    await page.get_by_text("Plan a leave", exact=True).click()
    await page.get_by_label("Begins").fill("2031-01-08T09:00")
    await page.get_by_label("Ends").fill("2031-01-01T09:00")
    await page.get_by_role("button", name="Save the leave").click()
    await page.locator("#ends-error").wait_for()


async def make_a_token_for_nothing(page: Page) -> None:
    await page.get_by_text("Make a token").click()
    await page.get_by_label("What it is for").fill("Reports")
    await page.get_by_label("Read cards and pipes").uncheck()
    await page.get_by_role("button", name="Make the token").click()
    await page.locator("#scopes-error").wait_for()


async def dry_run(page: Page) -> None:
    await page.get_by_role("button", name="Dry run").click()
    await page.get_by_role("heading", name="Done").wait_for()
