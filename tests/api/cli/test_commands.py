"""What authors do offline: each command's answer, what it says when it says no, its exit code."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipes.findings import FindingCode
from tests.api.cli.running import REFUSED, WRONG_USAGE, YES, here, lines, says_in_a_line
from tests.api.errands import ERRANDS
from tests.pipes.faults import FAULTS

DATA = Path(__file__).parents[2] / "data" / "business-time.json"
SHIPPED = Path(__file__).parents[3] / "pipe_definitions"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a good definition, and below it one with a typo."""
    (tmp_path / "good.json").write_text(json.dumps(ERRANDS), encoding="utf-8")
    broken = json.loads(json.dumps(ERRANDS))
    broken["start"]["form"][0]["requird"] = broken["start"]["form"][0].pop("required")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "broken.json").write_text(json.dumps(broken, indent=1), encoding="utf-8")
    return tmp_path


def test_check_finds_what_is_wrong_at_its_line(folder: Path) -> None:
    good = here("check", folder / "good.json", SHIPPED)
    assert good.returncode == YES, good.stdout
    assert "good.json: no findings" in good.stdout
    both = here("check", folder)
    assert both.returncode == REFUSED
    assert "“required”" in both.stdout
    assert "/start/form/0" in both.stdout
    assert "broken.json:" in both.stdout


def test_check_answers_programs_with_a_line_for_each_file(folder: Path) -> None:
    done = here("check", "--json", folder)
    assert done.returncode == REFUSED
    answers = {Path(each["file"]).name: each for each in lines(done.stdout)}
    assert answers["good.json"] == {
        "file": str(folder / "good.json"),
        "ok": True,
        "findings": [],
    }
    assert answers["broken.json"]["ok"] is False
    assert answers["broken.json"]["findings"][0]["severity"] == "error"


def test_a_folder_of_broken_definitions_has_each_its_code_at_its_pointer(tmp_path: Path) -> None:
    told_here = [fault for fault in FAULTS.values() if fault.around is None]
    for fault in told_here:
        (tmp_path / f"{fault.code}.json").write_bytes(fault.broken_text)

    done = here("check", "--json", tmp_path)

    found = {
        Path(each["file"]).stem: [(one["code"], one["pointer"]) for one in each["findings"]]
        for each in lines(done.stdout)
    }
    assert done.returncode == REFUSED
    assert found == {str(fault.code): [(fault.code, fault.pointer)] for fault in told_here}


def test_pipes_may_name_those_beside_them(tmp_path: Path) -> None:
    connected = FAULTS[FindingCode.UNKNOWN_PIPE].nearly_text
    (tmp_path / "features.json").write_bytes(connected)
    alone = here("check", tmp_path / "features.json")
    (tmp_path / "launches.json").write_text(json.dumps({**ERRANDS, "id": "launches"}))
    beside = here("check", tmp_path / "features.json")

    assert (alone.returncode, beside.returncode) == (YES, YES)
    assert "warning unknown_pipe at /fields/launch/pipe" in alone.stdout
    assert "no findings" in beside.stdout


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b'{"a":' * 5_000])
def test_check_says_what_is_no_definition(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.json").write_bytes(content)
    done = here("check", tmp_path / "odd.json")
    assert done.returncode == REFUSED
    assert "error" in done.stdout
    assert "Traceback" not in done.stderr


def test_wrong_usage_is_neither_yes_nor_no(tmp_path: Path) -> None:
    for arguments in (
        ("check",),
        ("check", tmp_path / "nowhere.json"),
        ("fly",),
        ("up", "--port", "0"),
    ):
        assert here(*arguments).returncode == WRONG_USAGE


def test_fmt_formats_once_and_for_all(folder: Path) -> None:
    good = folder / "good.json"
    before = good.read_bytes()
    wanted = here("fmt", "--check", good)
    assert (wanted.returncode, good.read_bytes()) == (REFUSED, before)
    assert here("fmt", good).returncode == YES
    formatted = good.read_bytes()
    assert json.loads(formatted) == ERRANDS
    assert formatted != before
    again = here("fmt", "--check", good)
    assert (again.returncode, again.stdout) == (YES, "")


def test_fmt_leaves_alone_what_it_cannot_read(tmp_path: Path) -> None:
    odd = tmp_path / "odd.json"
    odd.write_bytes(b'{"id":')
    done = here("fmt", odd)
    says_in_a_line(done, REFUSED, "odd.json")
    assert odd.read_bytes() == b'{"id":'


def test_rule_answers_each_line() -> None:
    given = [
        {"rule": {">": [{"var": "fields.price"}, 3]}, "data": {"fields": {"price": 4}}},
        {"rule": {"+": [1, 2]}},
        {"rule": {"fly": []}},
        {"data": {}},
        [],
    ]
    text = "\n".join(map(json.dumps, given)) + "\n\n{\n"
    done = here("rule", given=text)
    assert done.returncode == YES
    answers = lines(done.stdout)
    assert answers[:2] == [{"value": True}, {"value": 3}]
    assert [list(answer) for answer in answers[2:]] == [["error"]] * 4


def test_calendar_reckons_as_the_cases_say(tmp_path: Path) -> None:
    cases: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    asked = cases["vectors"][::10]
    calendars = tmp_path / "calendars.json"
    calendars.write_text(json.dumps({"calendars": cases["calendars"]}), encoding="utf-8")
    done = here("calendar", calendars, given="\n".join(map(json.dumps, asked)))
    assert done.returncode == YES, done.stderr
    answers = lines(done.stdout)
    assert len(answers) == len(asked) >= 4
    for case, answer in zip(asked, answers, strict=True):
        (name,) = answer
        assert name in ("deadline", "working_seconds"), (case, answer)
        assert answer[name] == case[name], case


def test_calendar_says_what_is_wrong(tmp_path: Path) -> None:
    odd = tmp_path / "odd.json"
    odd.write_text('{"calendars": {"x": {"timezone": "Mars/Olympus"}}}', encoding="utf-8")
    done = here("calendar", odd)
    assert done.returncode == REFUSED
    assert "odd.json" in done.stderr
    assert "Traceback" not in done.stderr
