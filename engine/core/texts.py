"""Texts of a definition with places in them: `{{ card.key }}`, `{{ fields.<id> }}`."""

import re
from collections.abc import Mapping

from pipes.fields.display import display
from pipes.forms import CompiledPipe, RuleData
from pipes.identifiers import FieldId, JsonValue

_PLACE = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)\s*\}\}", re.ASCII)


def filled(pipe: CompiledPipe, text: str, data: RuleData) -> str:
    """The text with its places filled from what rules see; what is not there leaves a gap.

    Everybody who sees the card may read it, so that confidential fields leave a gap as well.
    """
    return _PLACE.sub(lambda place: _said(pipe, place[1], data), text)


def _said(pipe: CompiledPipe, name: str, data: RuleData) -> str:
    part, _, rest = name.partition(".")
    if part in ("fields", "shown"):
        field = pipe.definition.fields.get(FieldId(rest))
        if field is None or field.confidential:
            return ""
        return display(field, _found(data, f"fields.{rest}"))
    value = _found(data, name)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _found(data: RuleData, name: str) -> JsonValue:
    value: JsonValue = data
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
