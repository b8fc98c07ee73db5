"""An author writes pipes: by keyboard from nothing to a board, with and without scripts."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests import builders
from tests.servers.installation import Installation
from tests.servers.visitors import Somebody, add_people, sign_in, visiting

AUTHOR = Somebody(id="aud", name="Aud Nilsen", role="author")
PEER = Somebody(id="wen", name="Wen Li", teams=("web",))


def a_document(**parts: Any) -> dict[str, Any]:
    """A pipe whose cards are called otherwise than those of the shipped ones."""
    naming = {"noun": "Feature", "key": "NEW", "title": "name"}
    return builders.a_document(card=naming, **parts)


BROKEN = json.dumps(
    a_document(start={"phase": "nowhere", "form": ["name"]}), indent=2, ensure_ascii=False
)
SOUND = json.dumps(a_document(), indent=2)


@pytest.fixture(scope="module")
async def workshop(house: Installation) -> Installation:
    """An installation with an author, and a team of one."""
    await add_people(house, [AUTHOR, PEER])
    return house


@pytest.fixture
async def page(browser: Browser, workshop: Installation) -> AsyncIterator[Page]:
    """The author's browser."""
    async with visiting(
        browser, workshop, AUTHOR.id, viewport={"width": 1280, "height": 800}
    ) as page:
        yield page


async def begins(page: Page, text: str = "") -> None:
    """A new draft, with that text in the editor; waits until the server has checked it."""
    await page.goto("/workshop")
    await page.get_by_role("button", name="New pipe").click()
    await expect(page.locator(".cm-content")).to_be_focused()
    if text:
        await page.keyboard.insert_text(text)
        await expect(page.locator("[data-saved]")).to_have_text("Saved")


async def opens(page: Page, tab: str) -> None:
    await page.get_by_role("tab", name=re.compile(tab)).click()


async def said(page: Page) -> str:
    """The text in the editor, as it will be sent."""
    return await page.locator("#definition-text").input_value()


async def chosen(page: Page) -> str:
    """What is selected in the editor."""
    return str(await page.evaluate("() => getSelection().toString()"))


# --- writing --------------------------------------------------------------------------------------


async def test_by_keyboard_alone_from_an_empty_editor_to_a_published_board(page: Page) -> None:
    await page.goto("/workshop")
    await tab_to(page, "New pipe")
    await page.keyboard.press("Enter")
    await expect(page.locator(".cm-content")).to_be_focused()

    await complete(page, "A small pipe")
    for typed in ("leave-requests", "Leave requests", "request", "LEAVE", "When?"):
        await page.keyboard.type(typed)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-status]")).to_contain_text("Nothing to object")

    await page.keyboard.press("Control+f")
    await page.keyboard.type('"to": "doing",')
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    await complete(page, "by", typed='"b')
    await complete(page, "role:admin", typed='"role:a')
    await expect(page.locator("[data-saved]")).to_have_text("Saved")
    assert json.loads(await said(page))["transitions"][0]["by"] == ["role:admin"]

    await page.keyboard.press("F6")
    await page.keyboard.press("End")
    await expect(page.get_by_role("tab", name="Publish")).to_be_focused()
    await tab_to(page, "Publish version 1")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/pipes/leave-requests")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Leave requests")
    await expect(page.locator("#toasts")).to_contain_text("is published as version 1")


async def test_with_a_team_and_an_approval_from_an_empty_editor_to_a_published_board(
    page: Page,
) -> None:
    await page.goto("/workshop")
    await write_a_pipe(page)
    written = json.loads(await said(page))
    assert written["teams"] == {"web": "Web team"}
    assert written["phases"][1]["team"] == "web"
    assert written["transitions"][1]["approval"]["stages"][0]["by"] == ["team:web"]
    await publish_it(page)
    await expect(page.locator('[data-column="doing"]')).to_contain_text("Web team")


async def write_a_pipe(page: Page, *, delay: float = 0, thought: float = 0) -> None:
    """Writes a pipe with a team and an approval as a practised admin does.

    Args:
        page: The workshop.
        delay: How long a key takes, in milliseconds.
        thought: How long somebody thinks before each step, in milliseconds.
    """
    await page.get_by_role("button", name="New pipe").click()
    await expect(page.locator(".cm-content")).to_be_focused()
    await complete(page, "A small pipe")
    for typed in ("article", "Articles", "article", "ARTICLE", "Working title"):
        await page.wait_for_timeout(thought)
        await page.keyboard.type(typed, delay=delay)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Escape")
    for place, typed in (
        ('"start": {', ""),
        ('"name": "Doing",', '"team": "web",'),
        (
            '"label": "Finish"',
            ',"approval":{"stages":[{"id":"peers","name":"Peers","by":["team:web"]}]}',
        ),
    ):
        await page.wait_for_timeout(thought)
        await go_behind(page, place, delay)
        if place == '"start": {':
            await page.keyboard.press("Home")
            await page.keyboard.type('"teams": {"web": "Web team"},', delay=delay)
        await page.keyboard.type(typed, delay=delay)
    await page.wait_for_timeout(thought)
    await expect(page.locator("[data-status]")).to_contain_text("Nothing to object")
    await expect(page.locator("[data-saved]")).to_have_text("Saved")


async def go_behind(page: Page, text: str, delay: float) -> None:
    """Looks for a text, and goes to its end."""
    await page.keyboard.press("Control+Home")
    await page.keyboard.press("Control+f")
    await page.keyboard.type(text, delay=delay)
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await page.keyboard.press("ArrowRight")


async def publish_it(page: Page) -> None:
    await opens(page, "Publish")
    await page.get_by_role("button", name="Publish version 1").click()
    await page.wait_for_url("**/pipes/article")
    await expect(page.locator("#toasts")).to_contain_text("is published as version 1")


async def tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if await focused.count() and name in (await focused.inner_text()):
            return
    raise AssertionError(f"“{name}” cannot be reached with the keyboard.")


async def complete(page: Page, label: str, *, typed: str = "") -> None:
    """Types, opens what can be completed, and takes the one of that name."""
    if typed:
        await page.keyboard.type(typed)
    offered = page.locator(".cm-tooltip-autocomplete li")
    if not typed:
        await page.keyboard.press("Control+Space")
    wanted = offered.filter(has_text=label).first
    await expect(wanted).to_be_visible()
    for _ in range(40):
        if await wanted.get_attribute("aria-selected") == "true":
            break
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(offered).to_have_count(0)


async def test_tab_behind_the_last_place_to_fill_in_stays_in_the_text(page: Page) -> None:
    await begins(page)
    await complete(page, "A small pipe")
    for _ in range(10):
        await page.keyboard.press("Tab")
    await expect(page.locator(".cm-content")).to_be_focused()
    await page.keyboard.type("\n")
    assert (await said(page)).endswith("}\n")


async def test_a_finding_is_one_click_from_its_place(page: Page) -> None:
    await begins(page, BROKEN)
    await expect(page.locator("[data-status]")).to_contain_text("error")

    finding = page.locator("#findings a", has_text="nowhere").first
    await finding.click()

    await expect(page.locator(".cm-content")).to_be_focused()
    assert await chosen(page) == '"nowhere"'
    await expect(page.locator(".cm-lintRange-error").first).to_be_visible()
    await page.keyboard.insert_text('"concept"')
    await expect(page.locator("#findings")).to_contain_text("Nothing to object")


async def test_a_typo_is_underlined_at_once_and_a_name_explains_itself(page: Page) -> None:
    await begins(page, '{\n  "nmae": "Typo"\n}')

    await expect(page.locator(".cm-lintRange-error").first).to_be_visible()
    await expect(page.locator("#findings")).to_contain_text("did you mean “name”?")
    await page.keyboard.press("Control+a")
    await page.keyboard.press("Delete")
    await page.keyboard.insert_text('{\n  "name": "Mended"\n}')
    await page.locator(".cm-line span", has_text='"name"').first.hover()
    await expect(page.locator(".cm-tooltip-hover")).to_contain_text("What people call the pipe")


# --- what follows from the text -------------------------------------------------------------------


async def test_the_drawing_follows_the_text_and_leads_back_to_it(page: Page) -> None:
    await begins(page, SOUND)
    await opens(page, "Flow")
    flow = page.get_by_role("group", name="The flow as a drawing")
    await expect(flow.locator("a.flow-phase")).to_have_count(4)

    await flow.locator("a.flow-phase", has_text="Design").click()
    await expect(page.locator(".cm-content")).to_be_focused()
    assert await chosen(page) == "{"
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.insert_text('{"id": "check", "name": "Checked"},\n')
    await expect(flow.locator("a.flow-phase")).to_have_count(5)
    await expect(page.get_by_role("tab", name=re.compile("Findings 1"))).to_be_visible()

    await page.keyboard.insert_text("{{{")
    await expect(page.locator("#flow[data-stale]")).to_be_visible()
    await expect(flow.locator("a.flow-phase")).to_have_count(5)


async def test_a_form_is_seen_through_the_eyes_of_its_people(page: Page) -> None:
    document: Any = a_document(
        start={
            "phase": "concept",
            "by": ["team:product"],
            "form": [
                "name",
                {"field": "problem", "when": {"is_set": [{"var": "fields.name"}]}},
                "effort",
            ],
        }
    )
    document["fields"]["effort"]["confidential"] = ["lead:design"]
    await begins(page, json.dumps(document, indent=2))
    await opens(page, "Forms")
    form = page.locator("#form-preview")

    await expect(form.get_by_label("Name")).to_be_visible()
    await expect(form).to_contain_text("Only the team Product may create cards here.")
    await expect(form.get_by_label("Effort")).to_have_count(0)
    await expect(form.get_by_label("Problem")).to_have_count(0)

    await form.get_by_label("Name").fill("Offline mode")
    await expect(form.get_by_label("Problem")).to_be_visible()
    await expect(form.get_by_label("Name")).to_have_value("Offline mode")
    await form.get_by_label("Seen by").select_option(label="The lead of Design")
    await expect(form.get_by_label("Effort")).to_be_visible()
    await form.get_by_label("Form", exact=True).select_option(label="Design")
    await expect(form.get_by_role("heading", name="Design")).to_be_visible()


async def test_a_scenario_that_fails_says_at_its_step_what_came_instead(page: Page) -> None:
    story = {
        "name": "It is designed",
        "at": "2026-03-02T10:00:00Z",
        "steps": [
            {"create": {"fields": {"name": "Offline mode"}}, "as": "creator"},
            {"move": "to-design", "as": "creator"},
            {"expect": {"phase": "done"}},
        ],
    }
    await begins(page, json.dumps(a_document(scenarios=[story]), indent=2))
    await opens(page, "Scenarios")

    failed = page.locator(".story.failed")
    await expect(failed).to_contain_text("expected phase “done”; it is “design”")
    await failed.get_by_role("link", name="expected phase").click()
    assert await chosen(page) == '"done"'
    await page.keyboard.insert_text('"design"')
    await expect(page.locator(".story.passed")).to_be_visible()


# --- nothing typed is lost ------------------------------------------------------------------------


async def test_what_was_typed_outlives_the_session(page: Page, workshop: Installation) -> None:
    await begins(page, SOUND)
    await page.context.clear_cookies(name="phaseline_session")

    await page.keyboard.insert_text("// late")
    await expect(page.locator("#toasts")).to_contain_text("You have been signed out.")
    await sign_in(page.context, workshop, AUTHOR.id)
    await page.reload()

    await expect(page.locator("#toasts")).to_contain_text("What you had typed here is back.")
    await expect(page.locator("[data-saved]")).to_have_text("Saved")
    assert (await said(page)).endswith("// late")


async def test_who_signs_in_again_elsewhere_goes_on_typing(
    page: Page, workshop: Installation
) -> None:
    await begins(page, SOUND)
    await sign_in(page.context, workshop, AUTHOR.id)

    await page.keyboard.insert_text("// later")

    await expect(page.locator("[data-saved]")).to_have_text("Saved")


async def test_what_was_typed_outlives_the_server(page: Page, workshop: Installation) -> None:
    await begins(page, SOUND)
    workshop.kill("api")

    await page.keyboard.insert_text(" ")
    await page.keyboard.type("while it is away")
    await workshop.until_ready()
    await page.keyboard.type(", and back")

    await expect(page.locator("[data-saved]")).to_have_text("Saved", timeout=20_000)
    await page.reload()
    assert (await said(page)).endswith(" while it is away, and back")


async def test_two_windows_on_one_draft_keep_both_texts(page: Page) -> None:
    await begins(page, '{"name": "One"}')
    address = page.url
    other = await page.context.new_page()
    await other.goto(address)
    await expect(other.locator(".cm-content")).to_be_visible()
    await page.keyboard.insert_text("1")
    await expect(page.locator("[data-saved]")).to_have_text("Saved")

    await other.locator(".cm-content").click()
    await other.keyboard.insert_text("2")
    await other.wait_for_url(lambda there: there != address)

    await expect(other.locator("#toasts")).to_contain_text("changed in another window")
    texts = {await said(page), await said(other)}
    assert len(texts) == 2


# --- without scripts ------------------------------------------------------------------------------


async def test_without_scripts_a_pipe_is_checked_corrected_and_published(
    browser: Browser, workshop: Installation
) -> None:
    async with visiting(browser, workshop, AUTHOR.id, java_script_enabled=False) as page:
        await checks_corrects_and_publishes(page)


async def checks_corrects_and_publishes(page: Page) -> None:
    await page.goto("/workshop")
    await page.get_by_role("button", name="New pipe").click()

    area = page.get_by_label("The definition, as JSON")
    await area.fill(BROKEN)
    await page.get_by_role("button", name="Check").click()
    await expect(page.locator("#findings")).to_contain_text("nowhere")
    await expect(page.locator("#findings")).to_contain_text(re.compile(r"line \d+"))
    await page.get_by_role("button", name="Publish version 1").click()
    await expect(page.get_by_role("alert")).to_contain_text("Not published")
    await expect(area).to_have_value(BROKEN)

    await area.fill(SOUND)
    await page.get_by_role("button", name="Check").click()
    await page.get_by_label("Form", exact=True).select_option(label="Design")
    await page.get_by_role("button", name="Show").click()
    await expect(page.locator("#form-preview").get_by_label("Effort")).to_be_visible()
    await page.get_by_role("button", name="Publish version 1").click()
    await page.wait_for_url("**/pipes/features")
