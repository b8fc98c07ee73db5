"""A field's value as JSON Schema (draft 2020-12), checked in the browser and on the server.

A value that is not there is left out of a form's values, so null is not among what a schema allows.
"""

from collections.abc import Mapping
from typing import Any

from pipes.fields.field import (
    AttachmentOptions,
    CheckboxOptions,
    ChoiceOptions,
    ConnectionOptions,
    CurrencyOptions,
    Field,
    FieldKind,
    FormulaOptions,
    MomentOptions,
    NumberOptions,
    PeopleOptions,
    StatementOptions,
    TableOptions,
    TextOptions,
)

# A JSON Schema: this module is a JSON edge.
type Schema = dict[str, Any]

LONGEST_LINE = 1_000
LONGEST_TEXT = 100_000
MOST_ROWS = 1_000
MOST_ITEMS = 200

_TEXT_FORMS: Mapping[FieldKind, Schema] = {
    # A line has no line breaks, and no text has control characters that no keyboard makes.
    "short_text": {"maxLength": LONGEST_LINE, "pattern": r"^[^\x00-\x1f\x7f]*$"},
    "long_text": {"maxLength": LONGEST_TEXT, "pattern": r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"},
    "email": {
        "maxLength": 254,
        "pattern": r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+$",
    },
    "phone": {"pattern": r"^\+[1-9][0-9]{1,14}$"},
    "url": {"maxLength": 2_048, "pattern": r"^https?://[^\s\x00-\x1f<>\"]+$"},
}
_MOMENT_FORMS: Mapping[FieldKind, Schema] = {
    "date": {"format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "time": {"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"},
    "datetime": {
        "format": "date-time",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T.*(Z|[+-][0-9]{2}:[0-9]{2})$",
    },
}
_CURRENCY: Schema = {
    "type": "object",
    "properties": {
        "amount": {"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    },
    "required": ["amount", "currency"],
    "additionalProperties": False,
}
_FILE: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 100},
        "name": {"type": "string", "minLength": 1, "maxLength": 255},
        "bytes": {"type": "integer", "minimum": 0},
        "type": {"type": "string", "maxLength": 127},
    },
    "required": ["id", "name", "bytes", "type"],
    "additionalProperties": False,
}
_REFERENCE: Schema = {"type": "string", "minLength": 1, "maxLength": 100}


def value_schema(field: Field) -> Schema:
    """The schema of the field's value."""
    match field.options:
        case TextOptions() as text:
            return _text(field.kind, text)
        case NumberOptions() as numbers:
            whole = field.kind in ("integer", "rating")
            schema: Schema = {"type": "integer" if whole else "number"}
            # IEEE doubles hold whole numbers exactly up to here.
            limit = 2**53
            schema["minimum"] = -limit if numbers.minimum is None else numbers.minimum
            schema["maximum"] = limit if numbers.maximum is None else numbers.maximum
            return schema
        case CurrencyOptions():
            return _CURRENCY
        case MomentOptions():
            return {"type": "string", **_MOMENT_FORMS[field.kind]}
        case CheckboxOptions():
            return {"type": "boolean"}
        case ChoiceOptions() as choice:
            one: Schema = {"enum": [option.id for option in choice.options]}
            if field.kind in ("select", "radio"):
                return one
            return _list(one, choice.min_items, choice.max_items or len(choice.options))
        case PeopleOptions():
            return _list(_REFERENCE, None, MOST_ITEMS) if field.kind == "users" else _REFERENCE
        case AttachmentOptions() as files:
            return _list(_FILE, None, files.max_files or MOST_ITEMS)
        case ConnectionOptions() as connection:
            return _list(_REFERENCE, connection.min_items, connection.max_items or MOST_ITEMS)
        case TableOptions() as table:
            return _table(table)
        case FormulaOptions():
            return {"type": ["number", "string", "boolean"], "readOnly": True}
        case StatementOptions():
            return False  # type: ignore[return-value]  # a schema that nothing fits: there is no value


def _text(kind: FieldKind, options: TextOptions) -> Schema:
    schema: Schema = {"type": "string", **_TEXT_FORMS[kind]}
    # An empty text is no value.
    schema["minLength"] = max(1, options.min_length or 0)
    if options.max_length is not None:
        schema["maxLength"] = options.max_length
    if options.pattern is not None:
        schema["allOf"] = [{"pattern": options.pattern}]
    return schema


def _list(items: Schema, least: int | None, most: int) -> Schema:
    return {
        "type": "array",
        "items": items,
        "minItems": least or 0,
        "maxItems": most,
        "uniqueItems": True,
    }


def _table(table: TableOptions) -> Schema:
    return {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {column.id: value_schema(column) for column in table.columns},
            "additionalProperties": False,
        },
        "minItems": table.min_items or 0,
        "maxItems": table.max_items or MOST_ROWS,
    }
