"""Texts with `{{ … }}` that authors write, filled with values of a card."""

from engine.templates.letters import as_html, one_line
from engine.templates.rendering import (
    LONGEST_RESULT,
    TemplateFault,
    names_in,
    render,
    render_line,
    template_fault,
)
from engine.templates.wording import worded

__all__ = [
    "LONGEST_RESULT",
    "TemplateFault",
    "as_html",
    "names_in",
    "one_line",
    "render",
    "render_line",
    "template_fault",
    "worded",
]
