"""Texts of authors: what they can say, and that none of them reaches out or runs away."""

import time
from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from engine.templates import (
    LONGEST_RESULT,
    TemplateFault,
    names_in,
    render,
    render_line,
    template_fault,
)
from pipes.identifiers import JsonValue

VALUES: Mapping[str, JsonValue] = {
    "card": {"title": "Fish & <chips>", "key": "ERR-1"},
    "fields": {
        "price": 40.0,
        "tags": ["new", "hot"],
        "items": "a field of that name",
        "long": "x" * 1_000,
        "due": "2026-03-02T10:00:00Z",
        "agreed": True,
        "nothing": None,
    },
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ card.key }}: {{ card.title }}", "ERR-1: Fish & <chips>"),
        ("{{ fields.price }} {{ fields.tags }} {{ fields.agreed }}", "40 new, hot true"),
        ("{{ fields.items }}", "a field of that name"),
        ("[{{ fields.nothing }}{{ fields.unknown.deeper }}{{ unknown }}]", "[]"),
        ("{{ fields.unknown | default('none') }}", "none"),
        ("{% if fields.price >= 40 %}dear{% else %}cheap{% endif %}", "dear"),
        (
            "{% for t in fields.tags %}{{ loop.index }}{% if loop.last %}.{% endif %}{% endfor %}",
            "12.",
        ),
        ("{% set sum = fields.price * 2 %}{{ sum }}", "80"),
        ("{{ fields.price / 0 }}", ""),
        ("{{ fields.due | date('%d %B %Y') }}", "02 March 2026"),
        ("{{ fields.tags | json }} {{ card.title | json }}", None),
        ("{{ fields.long | truncate(4) }}", "xxx…"),
        ("{{ card.title | replace('Fish', 'Rice') | urlencode }}", "Rice%20%26%20%3Cchips%3E"),
        ("a\nb\n", "a\nb\n"),
    ],
)
def test_a_text_is_filled_with_values(text: str, shown: str | None):
    expected = shown if shown is not None else ('["new", "hot"] "Fish \\u0026 \\u003cchips\\u003e"')
    assert render(text, VALUES, "data") == expected


def test_for_people_a_field_by_itself_is_written_as_they_read_it():
    text = "{{ fields.tier }} {% if fields.tier == 'gold' %}{{ fields.tier | upper }}{% endif %}"
    values = {"fields": {"tier": "gold"}, "shown": {"tier": "Gold customers"}}

    assert render(text, values, "text") == render(text, values, "html") == "Gold customers GOLD"
    assert render(text, values, "data") == "gold GOLD"


def test_in_html_values_are_escaped_and_what_the_author_wrote_is_not():
    assert render("<b>{{ card.title }}</b>", VALUES, "html") == "<b>Fish &amp; &lt;chips&gt;</b>"
    assert render("{{ card.title | upper | escape }}", VALUES, "html") == "FISH &amp; &lt;CHIPS&gt;"


def test_a_line_stays_one_line():
    values = {"card": {"title": "Offer\r\nBcc: all@example.com\x00\u2028"}}

    assert render_line("{{ card.title }}", values, "text") == "Offer Bcc: all@example.com"


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ card.title.__class__ }}",
        "{{ card['__class__'] }}",
        "{{ fields.tags.append }}",
        "{{ loop }}{{ cycler }}{{ lipsum }}{{ range }}{{ dict }}{{ namespace }}",
    ],
)
def test_nothing_of_python_can_be_reached(text: str):
    assert render(text, VALUES, "data") == ""


@pytest.mark.parametrize(
    "text",
    [
        "{{ range(3) }}",
        "{{ card.title.upper() }}",
        "{{ self }}",
        "{% macro a() %}{% endmacro %}",
        "{% include 'secrets' %}",
        "{% import 'os' as os %}",
        "{% extends 'base' %}",
        "{% autoescape false %}{{ card.title }}{% endautoescape %}",
        "{{ card.title | safe }}",
        "{{ card.title | attr('__class__') }}",
        "{% set card.title = 1 %}",
        "{% for a in [1] recursive %}{{ loop }}{% endfor %}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ card.title }",
        "{{ card.title",
        "{% if %}",
        "{{ card | nosuch }}",
        "{{ " + "(" * 4_000 + "1" + ")" * 4_000 + " }}",
        "{{ " + "9" * 5_000 + " }}",
    ],
)
def test_what_a_text_cannot_have_is_found_before_it_is_used(text: str):
    fault = template_fault(text)

    assert fault is not None
    assert fault.message
    with pytest.raises(TemplateFault):
        render(text, VALUES, "data")


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'x' * 1000000000 }}",
        "{{ '%1000000000s' % 'x' }}",
        "{{ [1] * 1000000000 }}",
        "{% set a = fields.long %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
        "{% set a = fields.tags %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
        "{% for a in fields.long %}" * 3 + "{% endfor %}" * 3,
        "{% for a in fields.long %}{{ fields.long }}{% endfor %}",
        "{% set a = fields.long | replace('x', fields.long) | replace('x', fields.long) %}",
        "{{ fields.long | replace('x', fields.long) | join(fields.long) }}",
        "{{ fields.due | date('%1000000000d') }}",
    ],
)
def test_a_text_that_would_run_away_is_ended(text: str):
    assert template_fault(text) is None
    began = time.process_time()

    with pytest.raises(TemplateFault):
        render(text, VALUES, "data")

    assert time.process_time() - began < 2


def test_the_line_of_a_fault_is_told():
    fault = template_fault("Hello\n{{ card.title | nosuch }}")

    assert fault is not None
    assert (fault.line, "nosuch" in fault.message) == (2, True)


def test_the_fields_that_a_text_names_are_known_before_it_is_used():
    text = "{{ fields.price }} {% if shown.tags %}{{ fields['long'] }}{% endif %} {{ card.title }}"

    assert names_in(text, "fields", "shown") == {"price", "tags"}
    assert names_in("{{ fields.", "fields") == frozenset()


@given(st.text(alphabet="{}%|() .abcdefi'\"~*+-=[]0123456789\n", max_size=80))
def test_whatever_is_written_is_filled_or_refused(text: str):
    if template_fault(text) is None:
        with suppress(TemplateFault):
            assert len(render(text, VALUES, "data")) <= LONGEST_RESULT
