"""What axe finds on a page, and whether anything sticks out of it."""

from pathlib import Path

from playwright.async_api import Page

_AXE = Path(__file__).parents[2] / "api" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """
async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.flatMap(({id, help, nodes}) =>
    nodes.map((node) => `${id}: ${help} ${node.target.join(" ")} ${node.html.slice(0, 160)}`));
}
"""
_STICKS_OUT = """
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const scrolls = (element) => {
    for (let at = element.parentElement; at && at !== document.body; at = at.parentElement)
      if (getComputedStyle(at).overflowX !== "visible") return true;
    return false;
  };
  const parts = [...document.body.querySelectorAll("*")]
    .filter((each) => each.getBoundingClientRect().right > width + 1 && !scrolls(each))
    .map((each) => each.outerHTML.slice(0, 120));
  return [`the page is ${document.documentElement.scrollWidth} wide`, ...parts];
}
"""


async def faults_of(page: Page) -> list[str]:
    """Everything that axe holds against the page as it is shown now."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: list[str] = await page.evaluate(_RUN)
    return found


async def sticks_out(page: Page) -> list[str]:
    """What makes the page wider than its window."""
    found: list[str] = await page.evaluate(_STICKS_OUT)
    return found
