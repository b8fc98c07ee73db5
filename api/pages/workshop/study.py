"""A text studied: what the check finds in it, and the pipe that it is as far as it is one."""

from dataclasses import dataclass

from jsonschema_rs import ValidationError

from pipes.building import definition_from_document
from pipes.definition import Definition
from pipes.document import BuildError
from pipes.findings import Finding, FindingCode
from pipes.forms import CompiledPipe
from pipes.grammar import check_grammar
from pipes.reading import Reading
from pipes.scope import FormulaCycle


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFinding:
    """A finding, and the line of the text where it is."""

    finding: Finding
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What a text is.

    Attributes:
        is_empty: Nothing is written yet.
        findings: Errors first, then by their place.
        definition: The pipe that the text describes; there is one as soon as the grammar holds,
            whatever else stands against publishing it.
        pipe: The same compiled, where its formulas and patterns allow it.
    """

    is_empty: bool
    findings: tuple[PlacedFinding, ...]
    definition: Definition | None
    pipe: CompiledPipe | None

    @property
    def errors(self) -> int:
        """How many findings stop publishing."""
        return sum(each.finding.severity == "error" for each in self.findings)

    @property
    def warnings(self) -> int:
        """How many findings do not."""
        return len(self.findings) - self.errors

    @property
    def played(self) -> bool:
        """Whether the scenarios were played: where nothing else stands against the pipe."""
        return self.errors == len(self.failures)

    @property
    def failures(self) -> tuple[Finding, ...]:
        """What did not come out as told in the scenarios."""
        found = (each.finding for each in self.findings)
        return tuple(each for each in found if each.code == FindingCode.SCENARIO_FAILED)


def study(reading: Reading) -> Study:
    """What there is to say of a text that has been checked. Never raises, whatever it is."""
    definition = _definition(reading)
    return Study(
        is_empty=reading.text is None or not reading.text.text.strip(),
        findings=_placed(reading),
        definition=definition,
        pipe=None if definition is None else _compiled(definition),
    )


def _placed(reading: Reading) -> tuple[PlacedFinding, ...]:
    placed = [
        PlacedFinding(
            finding=finding,
            line=reading.text.place(finding.pointer).line if reading.text is not None else 1,
        )
        for finding in reading.findings
    ]
    return tuple(sorted(placed, key=lambda each: (each.finding.severity != "error", each.line)))


def _definition(reading: Reading) -> Definition | None:
    if reading.definition is not None:
        return reading.definition
    if reading.document is None or check_grammar(reading.document):
        return None
    try:
        return definition_from_document(reading.document)
    except BuildError:
        return None


def _compiled(definition: Definition) -> CompiledPipe | None:
    try:
        return CompiledPipe(definition)
    except (FormulaCycle, ValidationError):
        return None
