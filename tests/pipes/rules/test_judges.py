"""Others judge our evaluator: JsonLogic's public suite, and two engines that know nothing of us."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonlogic_rs
import pytest

from pipes.rules import OPERATORS, Rule, RuleError, check_types, try_rule
from tests.pipes.rules.random_cards import SCOPE, in_utc
from tests.pipes.rules.random_rules import trials

ASSETS = Path(__file__).parents[3] / "api" / "assets"
# The suite of jsonlogic.com, as a package carries it whose tests it was.
SUITE = ASSETS / "node_modules" / "json-logic-engine" / "bench" / "tests.json"

type Judge = Callable[[Sequence["Trial"]], list[Any]]


def operators(rule: Any) -> Iterator[str]:
    """Every operator of a rule, at any depth."""
    match rule:
        case dict():
            for name, arguments in rule.items():
                yield name
                yield from operators(arguments)
        case list():
            for part in rule:
                yield from operators(part)


def same(ours: Any, theirs: Any) -> bool:
    """Equal as JSON: numbers as doubles, and none of them a truth value."""
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return float(ours) == float(theirs)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return bool(ours == theirs)


# --- the public suite -----------------------------------------------------------------------------


def verdict(rule: Any, data: Any, expected: Any) -> str:
    try:
        value = try_rule(rule, data)
    except RuleError:
        return "refused"
    return "same" if same(value, expected) else f"{rule} over {data}: {value}, not {expected}"


def test_the_public_suite_is_answered_as_it_says_or_refused():
    cases = [case for case in json.loads(SUITE.read_text()) if not isinstance(case, str)]
    of_the_profile = [case for case in cases if set(operators(case[0])) <= set(OPERATORS)]

    verdicts = Counter(verdict(*case) for case in of_the_profile)

    assert verdicts.keys() == {"same", "refused"}
    assert len(of_the_profile) >= 188
    assert verdicts["same"] >= 132


# --- two foreign engines --------------------------------------------------------------------------

RULES = 20_000
BY_LINES = """
const {apply} = require("json-logic-js");
const lines = require("fs").readFileSync(0, "utf8").trimEnd().split("\\n").map(JSON.parse);
console.log(JSON.stringify(lines.map(([rule, data]) => apply(rule, data))));
"""


@dataclass(frozen=True, slots=True)
class Trial:
    """A rule over a card with our value; as texts, which 20,000 times are quick to keep."""

    rule: str
    card: str
    plain_rule: str
    plain_card: str
    value: Any


@cache
def all_trials() -> list[Trial]:
    return [
        Trial(
            rule=json.dumps(rule.ours),
            card=json.dumps(card.ours),
            plain_rule=json.dumps(rule.plain),
            plain_card=json.dumps(card.plain),
            value=in_utc(Rule(rule.ours).evaluate(card.ours)),
        )
        for rule, card in trials(seed=1, number=RULES)
    ]


def by_jsonlogic_rs(tried: Sequence[Trial]) -> list[Any]:
    return [
        jsonlogic_rs.apply_serialized(trial.plain_rule, trial.plain_card, json.loads)
        for trial in tried
    ]


def by_json_logic_js(tried: Sequence[Trial]) -> list[Any]:
    node = shutil.which("node", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert node is not None, "Node is installed with the tools: make install."
    done = subprocess.run(
        [node, "--eval", BY_LINES],
        input="\n".join(f"[{trial.plain_rule}, {trial.plain_card}]" for trial in tried),
        cwd=ASSETS,
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize("judge", [by_jsonlogic_rs, by_json_logic_js])
def test_a_foreign_engine_gives_the_same_values(judge: Judge):
    tried = all_trials()

    answers = zip(tried, judge(tried), strict=True)

    different = [(trial, answer) for trial, answer in answers if not same(trial.value, answer)]
    assert len(tried) == RULES
    assert min(different, key=lambda pair: len(pair[0].rule), default=None) is None


def test_the_rules_that_foreign_engines_judge_are_of_every_kind():
    """What is judged passes our check, uses every operator, and comes out this way and that."""
    used, values = Counter[str](), Counter[str]()
    for trial in all_trials():
        rule = Rule(json.loads(trial.rule))
        used.update(set(operators(rule.source)))
        values[str(trial.value)] += 1
        assert check_types(rule.tree, SCOPE).faults == (), trial.rule

    assert min(used[name] for name in OPERATORS) >= RULES // 20
    assert min(values[value] for value in ("True", "False", "None")) >= RULES // 8
