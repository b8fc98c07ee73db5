"""A card in the browser: nothing typed is lost, whatever happens meanwhile, and focus stays."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from api.signin.passwords import hash_password
from api.signin.people import COOKIE
from engine.store import people
from tests.pages.company import BOARD, Company, create, send
from tests.servers.visitors import cut_off, sign_in, visiting, writing


@pytest.fixture
async def max_(browser: Browser, company: Company) -> AsyncIterator[Page]:
    async with visiting(browser, company.house, "max") as page:
        yield page


@pytest.fixture
async def key(company: Company) -> str:
    async with await company.program("max") as program:
        return await create(program, "A form that works", why="As before.", size=2)


async def changes(company: Company, user: str, key: str, **fields: object) -> None:
    async with await company.program(user) as program:
        await send(program, "PATCH", key, "", fields=fields)


def why(page: Page) -> Locator:
    return page.get_by_label("Why")


def saved(page: Page) -> Locator:
    return page.locator("[data-saved]")


async def test_each_entry_is_saved_as_one_goes_and_the_focus_stays(max_: Page, key: str) -> None:
    await max_.goto(f"/cards/{key}")
    await why(max_).fill("Because.")
    await max_.keyboard.press("Tab")
    await expect(saved(max_)).to_have_text("Saved")
    await expect(max_.locator("#size")).to_be_focused()
    await max_.reload()
    await expect(why(max_)).to_have_value("Because.")


async def test_what_others_write_appears_where_one_does_not_type(
    max_: Page, company: Company, key: str
) -> None:
    await max_.goto(f"/cards/{key}")
    await max_.get_by_label("Write a comment").fill("Half a sen")
    await changes(company, "lea", key, why="Lea knows.")

    await expect(why(max_)).to_have_value("Lea knows.")
    await expect(max_.get_by_label("Write a comment")).to_have_value("Half a sen")
    await expect(max_.get_by_label("Write a comment")).to_be_focused()
    await max_.keyboard.type("tence")
    await expect(max_.get_by_label("Write a comment")).to_have_value("Half a sentence")


async def test_when_two_write_the_same_entry_both_values_are_told(
    max_: Page, company: Company, key: str
) -> None:
    await max_.goto(f"/cards/{key}")
    await why(max_).fill("Max thinks so.")
    await changes(company, "lea", key, why="Lea thinks otherwise.", size=9)
    # What else she wrote comes in; what is being typed stays.
    await expect(max_.locator("#size")).to_have_value("9")
    await expect(why(max_)).to_have_value("Max thinks so.")

    await why(max_).blur()
    told = max_.locator("#why-about .error")
    await expect(told).to_contain_text("Lea Fischer wrote “Lea thinks otherwise.” here meanwhile.")
    await expect(why(max_)).to_have_value("Max thinks so.")
    await expect(saved(max_)).to_have_text("Not saved")

    await why(max_).fill("Max is sure.")
    await why(max_).blur()
    await expect(saved(max_)).to_have_text("Saved")
    await max_.reload()
    await expect(why(max_)).to_have_value("Max is sure.")


async def test_what_is_wrong_is_said_at_the_entry_that_still_has_the_focus(
    max_: Page, key: str
) -> None:
    await max_.goto(f"/cards/{key}")
    await max_.locator("#size").fill("many")
    await max_.keyboard.press("Enter")
    await expect(max_.locator("#size-about .error")).to_be_visible()
    await expect(max_.locator("#size")).to_be_focused()
    await expect(max_.locator("#size")).to_have_value("many")


async def test_a_draft_that_others_have_overtaken_tells_both_values(
    max_: Page, company: Company, key: str
) -> None:
    await max_.goto(f"/cards/{key}")
    await why(max_).fill("Max, before he left.")
    await max_.goto("/pipes")
    await changes(company, "lea", key, why="Lea, meanwhile.")
    await max_.goto(f"/cards/{key}")
    await expect(why(max_)).to_have_value("Max, before he left.")
    await why(max_).press("End")
    await max_.keyboard.type("!")
    await why(max_).blur()
    await expect(max_.locator("#why-about .error")).to_contain_text("wrote “Lea, meanwhile.” here")


async def test_a_whole_form_sent_without_scripts_leaves_what_others_changed(
    browser: Browser, company: Company, key: str
) -> None:
    async with visiting(browser, company.house, "max", java_script_enabled=False) as page:
        await page.goto(f"/cards/{key}")
        await page.locator("#size").fill("7")
        await changes(company, "lea", key, why="Lea was quicker.")
        await page.get_by_role("button", name="Save").first.click()
        await expect(why(page)).to_have_value("Lea was quicker.")
        await expect(page.locator("#size")).to_have_value("7")

        await why(page).fill("Mine.")
        await changes(company, "lea", key, why="Hers.")
        await page.get_by_role("button", name="Save").first.click()
        await expect(page.locator("#why-about .error")).to_contain_text("wrote “Hers.” here")
        await expect(why(page)).to_have_value("Mine.")
        await page.get_by_role("button", name="Save").first.click()
        await expect(page.locator("#why-about .error")).to_have_count(0)
        await expect(why(page)).to_have_value("Mine.")


async def test_what_was_typed_outlives_the_session(max_: Page, company: Company, key: str) -> None:
    await max_.goto(f"/cards/{key}")
    await max_.context.clear_cookies(name=COOKIE)
    await why(max_).fill("Typed after the session ended.")
    await why(max_).blur()
    again = max_.get_by_role("link", name="Sign in again")
    await expect(again).to_be_visible()
    await expect(why(max_)).to_have_value("Typed after the session ended.")

    await sign_in(max_.context, company.house, "max")
    async with max_.context.expect_page() as other:
        await again.click()
    await (await other.value).wait_for_url(re.compile(f"/cards/{key}$"))
    await (await other.value).close()
    await max_.get_by_role("button", name="Then send it").click()
    await expect(saved(max_)).to_have_text("Saved")
    await expect(why(max_)).to_have_value("Typed after the session ended.")


async def test_what_was_typed_outlives_the_page_too(max_: Page, company: Company, key: str) -> None:
    await max_.goto(f"/cards/{key}")
    await max_.context.clear_cookies(name=COOKIE)
    await why(max_).fill("Typed after the session ended.")
    await why(max_).blur()
    await expect(max_.get_by_role("link", name="Sign in again")).to_be_visible()
    await sign_in(max_.context, company.house, "max")
    await max_.reload()
    await expect(why(max_)).to_have_value("Typed after the session ended.")
    await why(max_).focus()
    await why(max_).blur()
    await why(max_).fill("Typed after the session ended!")
    await why(max_).blur()
    await expect(saved(max_)).to_have_text("Saved")


async def test_a_form_sent_without_a_session_and_scripts_can_be_sent_again(
    browser: Browser, company: Company, key: str
) -> None:
    password = "fourteen grey herons"
    async with writing(company.house) as connection:
        await people.set_password(connection, "mia", hash_password(password))
    async with visiting(browser, company.house, "mia", java_script_enabled=False) as page:
        await page.goto(f"/cards/{key}")
        await page.get_by_label("Write a comment").fill("Not to be lost.")
        await page.context.clear_cookies()
        await page.get_by_role("button", name="Comment").click()
        await expect(page.get_by_text("What you typed is kept")).to_be_visible()
        await page.get_by_label("User").fill("mia")
        await page.get_by_label("Password").fill("not this one")
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_label("Password").fill(password)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_text("Not to be lost.")).to_be_visible()
        await page.get_by_role("button", name="Send it now").click()
        await expect(page.locator("#history")).to_contain_text("Not to be lost.")


async def test_a_page_of_an_earlier_session_still_saves(
    max_: Page, company: Company, key: str
) -> None:
    """Somebody signed in again in another window."""
    await max_.goto(f"/cards/{key}")
    await sign_in(max_.context, company.house, "max")
    await why(max_).fill("From the old page.")
    await why(max_).blur()
    await expect(saved(max_)).to_have_text("Saved")


async def test_what_was_typed_is_saved_once_the_server_is_back(
    max_: Page, company: Company, key: str
) -> None:
    await max_.goto(f"/cards/{key}")
    async with cut_off(max_):
        await why(max_).fill("Typed while nobody answered.")
        await why(max_).blur()
        await expect(saved(max_)).to_contain_text("Not saved yet")
    await expect(saved(max_)).to_have_text("Saved")
    await max_.reload()
    await expect(why(max_)).to_have_value("Typed while nobody answered.")


async def test_a_card_that_others_move_on_keeps_what_was_being_typed(
    max_: Page, company: Company, key: str
) -> None:
    await max_.goto(f"/cards/{key}")
    await max_.locator("#size").fill("12")
    async with await company.program("lea") as program:
        await send(program, "POST", key, "/moves", transition="begin")
    await expect(max_.locator("#card-form-doing")).to_be_visible()
    await expect(max_.locator(".toast.bad")).to_contain_text("“12”")


async def test_a_move_that_asks_opens_its_form_and_keeps_it_when_refused(
    max_: Page, key: str
) -> None:
    await max_.goto(f"/cards/{key}")
    side = max_.get_by_role("complementary")
    await side.get_by_role("link", name="Drop").click()
    await expect(side.get_by_label("Comment (needed)")).to_be_focused()
    await side.get_by_role("button", name="Drop").click()
    await expect(max_.locator("#move-comment-error")).to_be_visible()
    await side.get_by_label("Comment (needed)").fill("Nobody wants it.")
    await side.get_by_role("button", name="Drop").click()
    await expect(side).to_contain_text("cancelled")
    await expect(max_.locator(".toast")).to_contain_text(f"{key} is in Dropped now.")


async def test_what_is_missing_for_each_step_is_said_by_name(max_: Page, company: Company) -> None:
    async with await company.program("max") as program:
        bare = await create(program, "Nothing known")
    await max_.goto(f"/cards/{bare}")
    await expect(max_.get_by_role("complementary")).to_contain_text("Still asks for Size.")


async def test_comments_are_markdown_and_history_tells_differences(
    max_: Page, company: Company, key: str
) -> None:
    await changes(company, "lea", key, why="As never before.")
    await max_.goto(f"/cards/{key}")
    await max_.get_by_label("Write a comment").fill("See **this**, <b>not</b> that, @lea.")
    await max_.get_by_role("button", name="Comment").click()
    history = max_.locator("#history")
    await expect(history.locator("strong")).to_have_text("this")
    await expect(history).to_contain_text("<b>not</b>")
    await expect(history.locator("del").first).to_have_text("As before.")
    await expect(history.locator("ins").first).to_have_text("As never before.")
    await expect(max_.get_by_label("Write a comment")).to_have_value("")


async def test_dates_are_in_the_readers_zone_with_the_exact_instant_on_hover(
    browser: Browser, company: Company, key: str
) -> None:
    async with visiting(browser, company.house, "max", timezone_id="Asia/Kathmandu") as page:
        await page.goto(f"/cards/{key}")
        when = page.locator("#history time").first
        await expect(when).to_have_attribute("title", re.compile(r"\d\d:\d\d:\d\d \+0545$"))
        began = page.locator("#history li", has_text="2 days, until")
        await expect(began.first.locator("time").first).to_have_attribute(
            "title", re.compile(r"\d\d:\d\d:\d\d \+0545$")
        )


async def nobody_answers(route: Route) -> None:
    await route.abort("connectionrefused")


async def test_what_was_typed_and_chosen_for_a_new_card_outlives_the_server_and_the_page(
    max_: Page,
) -> None:
    await max_.goto("/pipes/requests/new")
    await max_.get_by_label("What do you need").fill("Kept in this browser")
    await max_.get_by_label("It is urgent").check()
    await max_.route("**/pipes/requests/new", nobody_answers)
    await max_.get_by_role("button", name="Create the request").click()
    await max_.wait_for_url("chrome-error://**")
    await max_.unroute("**/pipes/requests/new")
    await max_.goto("/pipes/requests/new")
    await expect(max_.locator("#toasts")).to_contain_text("What you had typed here is back.")
    await expect(max_.get_by_label("What do you need")).to_have_value("Kept in this browser")
    await expect(max_.get_by_label("It is urgent")).to_be_checked()
    await max_.get_by_role("button", name="Create the request").click()
    await expect(max_.get_by_role("heading", level=1)).to_have_text("Kept in this browser")
    await max_.goto("/pipes/requests/new")
    await expect(max_.get_by_label("What do you need")).to_have_value("")
    await expect(max_.get_by_label("It is urgent")).not_to_be_checked()


async def test_what_somebody_typed_is_not_shown_to_who_comes_after_them(
    browser: Browser, company: Company
) -> None:
    """Their session has run out: nobody has signed out, which would have taken it away."""
    async with visiting(browser, company.house, "max") as page:
        await page.goto(f"/cards/{company.long}")
        comment = page.locator("#comment-form textarea")
        await comment.fill("Between us")
        await page.context.clear_cookies()
        await sign_in(page.context, company.house, "lea")
        await page.goto(f"/cards/{company.long}")
        await expect(comment).to_have_value("")
        await sign_in(page.context, company.house, "max")
        await page.goto(f"/cards/{company.long}")
        await expect(comment).to_have_value("Between us")


async def test_what_nobody_came_back_for_is_not_kept(browser: Browser, company: Company) -> None:
    async with visiting(browser, company.house, "max") as page:
        await page.clock.install()
        await page.goto(f"/cards/{company.long}")
        comment = page.locator("#comment-form textarea")
        await comment.fill("Long ago")
        await page.goto(f"/cards/{company.long}")
        await expect(comment).to_have_value("Long ago")
        await page.clock.fast_forward(14 * 24 * 60 * 60 * 1000)
        await page.goto(f"/cards/{company.plain}")
        await expect(page.locator("#comment-form textarea")).to_be_visible()
        assert (
            await page.evaluate("Object.keys(localStorage).filter(key => key.includes('draft'))")
            == []
        )


async def test_who_may_only_look_reads_text_and_each_reason_once(
    browser: Browser, company: Company
) -> None:
    async with visiting(browser, company.house, "vic") as page:
        await page.goto(f"/cards/{company.plain}")
        side = page.get_by_role("complementary")
        await expect(side.get_by_text("You may not move this card")).to_have_count(1)
        await expect(side).to_contain_text("Urgent")
        await expect(side.get_by_role("textbox")).to_have_count(0)
        await expect(side.get_by_role("combobox")).to_have_count(0)


async def test_a_field_that_is_refused_is_seen_to_be(max_: Page) -> None:
    await max_.goto(f"{BOARD}/new")
    await max_.get_by_role("button", name="Create").click()
    await expect(max_.get_by_role("alert").first).to_be_visible()
    calm = await max_.get_by_label("Why").evaluate("(each) => getComputedStyle(each).borderColor")
    await expect(max_.get_by_label("What do you need")).not_to_have_css("border-color", calm)


async def test_a_mail_that_is_refused_says_so_at_its_form(max_: Page, company: Company) -> None:
    await max_.goto(f"/cards/{company.plain}")
    await max_.get_by_text("Write a mail", exact=True).click()
    form = max_.locator("#write-message")
    await form.get_by_label("To", exact=True).fill("eve at example.com")
    await form.get_by_label("Text", exact=True).fill("It is planned for May.")
    await form.get_by_role("button", name="Send").click()
    await expect(form.get_by_role("alert")).to_contain_text("is no e-mail address")
    await expect(form.get_by_role("alert")).to_be_focused()
    await expect(form.get_by_label("Text", exact=True)).to_have_value("It is planned for May.")
