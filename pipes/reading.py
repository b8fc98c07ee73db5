"""Reading a definition: text, grammar, typed model, meaning; with every finding on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipes.building import definition_from_document
from pipes.checks import check_definition
from pipes.definition import Definition
from pipes.document import BuildError
from pipes.findings import Finding, FindingCode, of_fault, report
from pipes.grammar import LANGUAGE, check_grammar
from pipes.identifiers import JsonValue
from pipes.json_text import JsonText, read_json

_SCHEMA_FILE = "pipe.schema.json"
_SCHEMA_PATH = "/schemas/pipe.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text or document says.

    Attributes:
        document: The JSON object, if there is one.
        definition: The typed model, if nothing was wrong so far.
        text: The text with the places of its values, if there was one.
    """

    document: Mapping[str, JsonValue] | None = None
    definition: Definition | None = None
    findings: tuple[Finding, ...] = field(default=())
    text: JsonText | None = None


def read_definition(source: bytes | str | Mapping[str, JsonValue]) -> Reading:
    """Reads a definition as far as it can be read. Never raises."""
    if isinstance(source, bytes | str):
        text = read_json(source)
        if text.findings:
            return Reading(findings=text.findings, text=text)
        return _read(text.value, text)
    return _read(source, None)


def _read(value: JsonValue, text: JsonText | None) -> Reading:
    if not isinstance(value, Mapping):
        finding = report(FindingCode.WRONG_TYPE, "", "A definition is a JSON object: { … }.")
        return Reading(findings=(finding,), text=text)
    findings = (*_check_language(value), *check_grammar(value))
    if findings:
        return Reading(document=value, findings=findings, text=text)
    try:
        definition = definition_from_document(value)
    except BuildError as problem:
        faults = tuple(of_fault(fault) for fault in problem.faults)
        return Reading(document=value, findings=faults, text=text)
    meant = check_definition(definition)
    if any(finding.severity == "error" for finding in meant):
        return Reading(document=value, findings=meant, text=text)
    return Reading(document=value, definition=definition, findings=meant, text=text)


def _check_language(document: Mapping[str, JsonValue]) -> tuple[Finding, ...]:
    named = document.get("$schema")
    if not isinstance(named, str) or named == LANGUAGE:
        return ()
    if named.endswith((_SCHEMA_FILE, _SCHEMA_PATH)):
        return ()
    message = f"“{named[:100]}” is not the schema of this language."
    return (
        report(
            FindingCode.UNKNOWN_SCHEMA,
            "/$schema",
            message,
            f"Leave it out, or name {_SCHEMA_FILE}.",
        ),
    )
