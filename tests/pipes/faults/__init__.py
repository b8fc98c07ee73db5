"""For every finding code a definition that has exactly this fault, and one that nearly has it."""

from collections.abc import Mapping

from pipes.findings import FindingCode
from tests.pipes.faults import meaning, parts, text
from tests.pipes.faults.making import Fault, with_text

__all__ = ["FAULTS", "Fault", "with_text"]

FAULTS: Mapping[FindingCode, Fault] = {
    fault.code: fault
    for fault in (
        *text.OF_THE_TEXT,
        *text.OF_THE_GRAMMAR,
        *parts.REFERENCES,
        *parts.GRAPH,
        *parts.FIELDS,
        *meaning.RULES,
        *meaning.PEOPLE,
        *meaning.TIME,
        *meaning.AUTOMATIONS,
    )
}
