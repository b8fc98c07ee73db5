"""Every finding code: found where its fault is and nowhere else, documented, and mended as told."""

import pytest

from engine.checking import check
from pipes.findings import FindingCode
from pipes.surroundings import Surroundings
from tests.findings_page import PAGE, page
from tests.pipes.faults import FAULTS, Fault, with_text


def findings_of(text: bytes, around: Surroundings | None) -> list[tuple[str, str]]:
    return [(each.code, each.pointer) for each in check(text, around).findings]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.code)
def test_a_definition_with_exactly_this_fault_has_exactly_this_finding(fault: Fault):
    assert findings_of(fault.broken_text, fault.around) == [(fault.code, fault.pointer)]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.code)
def test_a_definition_that_nearly_has_the_fault_has_none(fault: Fault):
    assert findings_of(fault.nearly_text, fault.around) == []


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.code)
def test_errors_stop_publishing_and_warnings_do_not(fault: Fault):
    reading = check(fault.broken_text, fault.around)

    assert (reading.definition is None) == (fault.code.severity == "error")


def test_of_too_many_findings_the_first_are_shown():
    many = ", ".join(f'"part_{number}": 1' for number in range(300))

    found = check(with_text(many)).findings

    assert [each.code for each in found[:-1]] == [FindingCode.UNKNOWN_PROPERTY] * 200
    assert found[-1].code == FindingCode.TOO_MANY_FINDINGS


def test_every_code_has_a_case_a_section_and_a_way_to_mend_it():
    told = PAGE.read_text(encoding="utf-8")

    assert set(FAULTS) | {FindingCode.TOO_MANY_FINDINGS} == set(FindingCode)
    for code in FindingCode:
        assert (
            f"\n## `{code}`\n\n{code.severity.capitalize()}. {code.means}\n\n{code.mend}\n" in told
        )
        assert code.means.endswith(".")
        assert code.mend.endswith(".")
    assert told.count("\n## ") == len(FindingCode)


def test_the_page_of_the_codes_is_up_to_date():
    """`python -m tests.findings_page` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()
