"""Writes the page of the finding codes: `python -m tests.findings_page`."""

from pathlib import Path

from pipes.findings import FindingCode

PAGE = Path(__file__).parents[1] / "docs" / "findings.md"

HEAD = """# What `phaseline check` finds

Every finding has a stable code, a JSON pointer to where it is, and says what would be right. An
error keeps a definition from being published, a warning does not. Below is what each code means,
and how it is mended.
"""


def page() -> str:
    """The page, from the table of codes."""
    sections = [
        f"\n## `{code.value}`\n\n{code.severity.capitalize()}. {code.means}\n\n{code.mend}\n"
        for code in FindingCode
    ]
    return HEAD + "".join(sections)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
