"""What axe finds on a page, and whether anything sticks out of it."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

_STICKS_OUT = """
() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (element) => {
    for (let at = element.parentElement; at && at !== document.body; at = at.parentElement)
      if (getComputedStyle(at).overflowX !== "visible") return true;
    return false;
  };
  // To the left nothing scrolls: what begins there can never be read whole.
  const parts = [...document.body.querySelectorAll("*")]
    .map((each) => [each, each.getBoundingClientRect()])
    .filter(([, at]) => (at.right > width + 1 && at.left < width) || (at.left < -1 && at.right > 1))
    .filter(([each, at]) => at.width > 1 && !scrolls(each))
    .map(([each]) => each.outerHTML.slice(0, 120));
  const page = document.documentElement.scrollWidth;
  return [...(page > width ? [`the page is ${page} wide`] : []), ...parts];
}
"""


async def faults_of(page: Page) -> list[str]:
    """Everything that axe holds against the page as it is shown now."""
    found = await Axe().run(page)
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:160]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


async def sticks_out(page: Page) -> list[str]:
    """What makes the page wider than its window."""
    found: list[str] = await page.evaluate(_STICKS_OUT)
    return found
