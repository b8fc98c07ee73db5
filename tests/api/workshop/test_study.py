"""What is said of a text while it is written: findings at their lines, stories, forms, copies."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from starlette.datastructures import FormData

from api.pages.workshop.flow import lay_out
from api.pages.workshop.overview import tell_automations, tell_flow
from api.pages.workshop.previews import Preview, preview
from api.pages.workshop.stories import Story, tell_stories
from api.pages.workshop.study import Study, study
from api.pages.workshop.texts import UNNAMED, decoded, formatted, name_of, text_of_copy
from engine.checking import check
from pipes.forms import CompiledPipe
from tests.builders import a_document, a_field, a_phase, a_pipe, a_way

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHIPPED = sorted((Path(__file__).parents[3] / "pipe_definitions").glob("*.json"))


def text(**parts: Any) -> str:
    return json.dumps(a_document(**parts), indent=2)


def studied(written: str) -> Study:
    return study(check(written))


# --- findings -------------------------------------------------------------------------------------


def test_findings_stand_at_their_lines_errors_first():
    written = text(
        phases=[a_phase("concept", sla={"target": "soon"}), a_phase("done", final="done")]
    )

    found = studied(written)

    assert found.errors > 0
    lines = written.splitlines()
    at_target = [each for each in found.findings if each.finding.pointer.endswith("/target")]
    assert at_target
    assert all("soon" in lines[each.line - 1] for each in at_target)
    severities = [each.finding.severity for each in found.findings]
    assert severities == sorted(severities)


def test_a_pipe_is_drawn_as_soon_as_the_grammar_holds():
    lost = [a_phase("concept"), a_phase("island"), a_phase("done", final="done")]

    found = studied(text(phases=lost, transitions=[a_way("go", "concept", "done")]))

    assert found.errors > 0
    assert found.definition is not None
    assert [box.id for box in lay_out(found.definition).boxes] == ["concept", "island", "done"]


@pytest.mark.parametrize("written", ["", "{", "[]", '{"id": 1}', "\ud800", '{"phases": "x"}'])
def test_what_is_no_pipe_has_findings_and_nothing_to_draw(written: str):
    found = studied(written)

    assert found.errors > 0
    assert found.definition is None


@settings(max_examples=60)
@given(st.data())
def test_whatever_is_cut_out_of_a_pipe_something_is_said_and_nothing_breaks(data: st.DataObject):
    document = deepcopy(a_document(scenarios=[STORY], automations=[KICKOFF]))
    where: Any = document
    while isinstance(where, dict | list) and where:
        key = data.draw(
            st.sampled_from(sorted(where) if isinstance(where, dict) else list(range(len(where))))
        )
        if data.draw(st.booleans()) or not isinstance(where[key], dict | list):
            where[key] = data.draw(st.sampled_from(["concept", "nobody", 3, None, [], {}]))
            break
        where = where[key]

    found = studied(json.dumps(document))

    if found.definition is not None:
        lay_out(found.definition)
        tell_flow(found.definition)
        tell_automations(found.definition, {})
        tell_stories(found.definition, found.failures, played=False)
    if found.pipe is not None:
        preview(found.pipe, "design", "creator", FormData(), NOON)


# --- scenarios ------------------------------------------------------------------------------------

KICKOFF: dict[str, Any] = {
    "id": "kickoff",
    "on": "field.changed",
    "fields": ["name"],
    "if": {">=": [{"var": "fields.effort"}, 3]},
    "do": [{"set": {"problem": "Large"}}, {"assign": {"to": ["creator"]}}],
}
STORY: dict[str, Any] = {
    "name": "It goes to design",
    "at": "2026-03-02T10:00:00Z",
    "steps": [
        {"create": {"fields": {"name": "Offline mode"}}, "as": "creator"},
        {"move": "to-design", "as": "creator"},
        {"expect": {"phase": "design"}},
        {"wait": "1d"},
    ],
}


def told(*steps: Any) -> Story:
    story = {**STORY, "steps": [*STORY["steps"][:2], *steps]}
    found = studied(text(scenarios=[story]))
    assert found.definition is not None
    return tell_stories(found.definition, found.failures, played=found.played)[0]


def test_a_story_that_comes_out_has_passed_with_each_of_its_steps():
    story = told({"expect": {"phase": "design"}})

    assert story.state == "passed"
    assert [(step.said, step.state) for step in story.steps] == [
        ("creator creates a card (Name)", "passed"),
        ("creator moves the card: “To-design”", "passed"),
        ("Now phase is design", "passed"),
    ]


def test_a_story_that_does_not_says_at_its_step_what_was_expected_and_found():
    story = told({"expect": {"phase": "done"}}, {"wait": "1d"})

    assert story.state == "failed"
    assert [step.state for step in story.steps] == ["passed", "passed", "failed", "not_played"]
    [found] = story.steps[2].found
    assert "expected phase “done”; it is “design”" in found.said
    assert story.steps[2].pointer == "/scenarios/0/steps/2"


def test_stories_of_a_pipe_with_other_errors_are_not_played():
    found = studied(text(scenarios=[STORY], start={"phase": "nowhere", "form": []}))

    assert found.definition is not None
    [story] = tell_stories(found.definition, found.failures, played=found.played)
    assert story.state == "not_played"


# --- forms ----------------------------------------------------------------------------------------


def shown(pipe: CompiledPipe, form: str = "start", by: str = "creator", **typed: str) -> Preview:
    return preview(pipe, form, by, FormData(list(typed.items())), NOON)


def names(preview: Preview) -> list[str]:
    return [control.name for control in preview.controls]


def test_a_confidential_field_is_seen_by_those_only_who_may():
    pipe = a_pipe(
        fields={
            "name": a_field("short_text", "Name"),
            "salary": a_field("number", "Salary", confidential=["lead:design"]),
        },
        start={"phase": "concept", "form": ["name", "salary"]},
    )

    assert names(shown(pipe)) == ["name"]
    assert names(shown(pipe, by="lead:design")) == ["name", "salary"]


def test_a_field_with_a_condition_appears_when_what_is_typed_asks_for_it():
    pipe = a_pipe(
        start={
            "phase": "concept",
            "form": [
                "effort",
                {
                    "field": "problem",
                    "required": True,
                    "when": {">": [{"var": "fields.effort"}, 5]},
                },
            ],
        }
    )

    assert names(shown(pipe, effort="2")) == ["effort"]
    grown = shown(pipe, effort="8")
    assert names(grown) == ["effort", "problem"]
    assert grown.lacking == ("Problem",)


def test_who_may_not_create_or_move_is_told_why():
    pipe = a_pipe(
        start={"phase": "concept", "form": ["name"], "by": ["team:product"]},
        transitions=[a_way("to-design", "concept", "design", by=["lead:design"])],
    )

    assert shown(pipe, by="creator").against
    assert not shown(pipe, by="member:product").against
    [way] = shown(pipe, "concept", "member:product").ways
    assert way.against == ("“To-design” can be done by the lead of Design.",)
    [way] = shown(pipe, "concept", "lead:design").ways
    assert way.against == ()


def test_what_is_asked_for_in_vain_is_the_start_form_seen_by_a_member():
    found = shown(a_pipe(), form="nowhere", by="nobody")

    assert [choice.id for choice in found.forms if choice.is_chosen] == ["start"]
    assert [choice.id for choice in found.people if choice.is_chosen] == ["creator"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_form_of_the_shipped_pipes_can_be_looked_at_by_everybody(path: Path):
    pipe = studied(path.read_text("utf-8")).pipe
    assert pipe is not None
    first = shown(pipe)
    for form in first.forms:
        for person in first.people:
            found = shown(pipe, form.id, person.id)
            assert [each.id for each in found.forms if each.is_chosen] == [form.id]


# --- texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('{"name": " Ideas "}', "Ideas"),
        ('{"name": ""}', UNNAMED),
        ('{"name": 3}', UNNAMED),
        ("{", UNNAMED),
        ("", UNNAMED),
        ("[]", UNNAMED),
    ],
)
def test_a_draft_is_called_what_its_text_says(written: str, name: str):
    assert name_of(written) == name


def test_what_is_sent_is_kept_with_the_line_ends_of_unix_and_nothing_unkeepable():
    assert decoded(b"\xef\xbb\xbf{\r\n\x00}") == "{\n}"


def test_a_copy_has_an_id_and_a_key_that_are_not_taken():
    document = a_document(id="ideas", name="Ideas", card={"noun": "Idea", "key": "IDEA"})

    copy = json.loads(text_of_copy(document, pipes={"ideas", "ideas-2"}, keys={"IDEA"}))

    assert (copy["id"], copy["name"], copy["card"]["key"]) == ("ideas-3", "Ideas (copy)", "IDEA2")


def test_a_copy_of_what_is_not_there_yet_keeps_its_names():
    document = a_document()

    assert json.loads(text_of_copy(document, pipes=(), keys=())) == document


def test_a_long_key_stays_within_its_length():
    document = a_document(card={"noun": "Idea", "key": "ABCDEFGHIJ"})

    copy = json.loads(text_of_copy(document, pipes={"features"}, keys={"ABCDEFGHIJ"}))

    assert copy["card"]["key"] == "ABCDEFGHI2"


def test_what_is_no_json_is_laid_out_as_it_is():
    assert formatted('{"id": ') == '{"id": '
    assert json.loads(formatted(text())) == a_document()
