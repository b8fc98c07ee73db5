"""Fields: their kinds and options, and for every kind how a value is checked, typed and shown."""

from pipes.fields.checking import Misfit, ValueCheck
from pipes.fields.display import Style, display
from pipes.fields.reading import read_field
from pipes.fields.rule_values import rule_type, rule_value
from pipes.fields.schemas import value_schema
from pipes.fields.typing_in import Untypable, parse_rows, parse_typed, typed_texts

__all__ = [
    "Misfit",
    "Style",
    "Untypable",
    "ValueCheck",
    "display",
    "parse_rows",
    "parse_typed",
    "read_field",
    "rule_type",
    "rule_value",
    "typed_texts",
    "value_schema",
]
