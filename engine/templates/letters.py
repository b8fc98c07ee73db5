"""Plain texts of mails as HTML, for mail programs that show nothing else."""

import re

from markupsafe import Markup, escape


def as_html(text: str) -> str:
    """A plain text as paragraphs of HTML."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return str(
        Markup("\n").join(
            Markup("<p>{}</p>").format(Markup("<br>\n").join(map(escape, each.split("\n"))))
            for each in paragraphs
        )
    )


def one_line(text: str) -> str:
    """A text without anything that could end a line: for subjects."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
