"""Reading a definition: text, grammar, typed model, meaning; with every finding on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pipes.building import definition_from_document
from pipes.checks import check_definition
from pipes.definition import Definition
from pipes.document import BuildError
from pipes.findings import Finding, FindingCode, has_errors, of_fault, report
from pipes.grammar import LANGUAGE, MOST_FINDINGS, check_grammar
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
    if not isinstance(source, bytes | str):
        return _shortened(_read(source))
    text = read_json(source)
    if has_errors(text.findings):
        return Reading(findings=text.findings, text=text)
    reading = _read(text.value)
    return _shortened(replace(reading, findings=(*text.findings, *reading.findings), text=text))


def _shortened(reading: Reading) -> Reading:
    """The reading with no more findings than somebody reads, and the word that there are more."""
    if len(reading.findings) <= MOST_FINDINGS:
        return reading
    message = f"These are the first {MOST_FINDINGS}; mend them and check again."
    more = report(FindingCode.TOO_MANY_FINDINGS, "", message)
    errors_first = sorted(reading.findings, key=lambda finding: finding.severity)
    return replace(reading, findings=(*errors_first[:MOST_FINDINGS], more))


def _read(value: JsonValue) -> Reading:
    if not isinstance(value, Mapping):
        finding = report(FindingCode.WRONG_TYPE, "", "A definition is a JSON object: { … }.")
        return Reading(findings=(finding,))
    findings = _check_language(value) or check_grammar(value)
    if findings:
        return Reading(document=value, findings=findings)
    try:
        definition = definition_from_document(value)
    except BuildError as problem:
        return Reading(document=value, findings=tuple(map(of_fault, problem.faults)))
    meant = check_definition(definition)
    return Reading(
        document=value, definition=None if has_errors(meant) else definition, findings=meant
    )


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
