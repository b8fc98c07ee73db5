"""A form as a JSON Schema of its own, with hints for drawing it: what is served to programs.

What is shown or needed only under a rule is said in the hints, as a rule and in words; what is
always needed is in `required`.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pipes.definition import FormField
from pipes.fields.field import ChoiceOptions, Constant, Field, StatementOptions
from pipes.fields.schemas import value_schema
from pipes.forms import CompiledForm, CompiledPipe
from pipes.identifiers import FieldId, PhaseId
from pipes.rules import Rule, in_words

# A JSON Schema: this module is a JSON edge.
type Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def form_schema(
    pipe: CompiledPipe, form: PhaseId | Literal["start"], hidden: frozenset[FieldId]
) -> Schema:
    """The schema of a form's values.

    Args:
        pipe: The pipe.
        form: A phase, or `start`.
        hidden: The fields that the reader may not know of.
    """
    compiled = pipe.form(form)
    shown = [(entry, field) for entry, field in compiled.entries if field.id not in hidden]
    with_values = [(entry, field) for entry, field in shown if field.kind != "statement"]
    return {
        "$schema": DIALECT,
        "title": _title(pipe, form),
        "type": "object",
        "properties": {field.id: _property(field) for _, field in with_values},
        "required": [
            field.id
            for entry, field in with_values
            if entry.required is True and entry.when is None
        ],
        "additionalProperties": False,
        **_groups(compiled, hidden),
        "x-phaseline": {
            "order": [field.id for _, field in shown],
            "fields": {field.id: _hints(pipe, entry, field) for entry, field in shown},
        },
    }


def _title(pipe: CompiledPipe, form: PhaseId | Literal["start"]) -> str:
    if form == "start":
        return f"New {pipe.definition.card.noun}"
    return pipe.definition.phase(PhaseId(form)).name


def _property(field: Field) -> Schema:
    described: Schema = {"title": field.label}
    if field.help:
        described["description"] = field.help
    if isinstance(field.default, Constant):
        described["default"] = field.default.value
    return described | value_schema(field)


def _groups(compiled: CompiledForm, hidden: frozenset[FieldId]) -> Mapping[str, Any]:
    groups = [
        {"anyOf": [{"required": [name]} for name in group if name not in hidden]}
        for group in compiled.any_of
        if not hidden.issuperset(group)
    ]
    return {"allOf": groups} if groups else {}


def _hints(pipe: CompiledPipe, entry: FormField, field: Field) -> Schema:
    hints: Schema = {"type": field.kind, "label": field.label}
    if isinstance(field.options, ChoiceOptions):
        hints["options"] = [
            {"id": option.id, "label": option.label, "color": option.color}
            for option in field.options.options
        ]
    if isinstance(field.options, StatementOptions):
        hints["text"] = field.options.text
    if field.placeholder:
        hints["placeholder"] = field.placeholder
    for name, asked in (
        ("shown_when", entry.when),
        ("required_when", entry.required),
        ("readonly_when", entry.readonly),
    ):
        if isinstance(asked, Rule):
            hints[name] = {"rule": asked.source, "words": in_words(asked.tree, pipe.scope)}
    return hints
