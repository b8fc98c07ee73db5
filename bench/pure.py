"""What one core decides, in processor time: the shipped lifecycle, and its cards simulated."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from bench.figures import Row, at_least, at_most, beside, middle
from bench.peers.running import measured
from engine.checking import calendars_around
from engine.core.card import Card
from engine.core.commands import Command
from engine.core.decide import Events, decide
from engine.core.facts import Facts
from engine.core.reasons import Rejection
from engine.reckoning import Calendars
from engine.scenarios import play_all
from engine.scenarios.simulate import simulate
from pipes.building import definition_from_document
from pipes.calendars import deadline, make_calendar
from pipes.definition import CalendarDefinition
from pipes.durations import parse_duration
from pipes.forms import CompiledPipe
from pipes.rules import Rule

LIFECYCLE = Path(__file__).parents[1] / "pipe_definitions" / "product-lifecycle.json"
CARDS, SAMPLE, ROUNDS = 10_000, 32, 3

type _Asked = tuple[CompiledPipe, Card | None, Command, Facts]

_START = datetime(2026, 3, 2, 12, tzinfo=UTC)
_DAY = ("09:00-12:00", "13:00-18:00")


async def measure() -> list[Row]:
    """Decisions beside the peers', simulated cards, deadlines and rules."""
    pipe = CompiledPipe(
        definition=definition_from_document(json.loads(LIFECYCLE.read_text(encoding="utf-8")))
    )
    calendars = calendars_around(pipe.definition, _START.year)
    decisions = _decisions(pipe, calendars)
    ours, theirs = list[float](), list[dict[str, float]]()
    for _ in range(ROUNDS):
        ours.append(_rate(lambda: [decide(*each) for each in decisions], len(decisions)))
        theirs.append(await measured("pure_decisions.py", dict))
    simulated = middle(_simulated(pipe, calendars) for _ in range(ROUNDS))
    return [
        at_least(
            "decisions a second, shipped lifecycle, one core",
            middle(ours),
            60_000,
            "/s",
            "the commands of its scenarios, 2.7 events each: 370 calls of Python a decision",
        ),
        *(
            beside(f"  {peer}, its steps in memory", middle(each[peer] for each in theirs), "/s")
            for peer in theirs[0]
        ),
        at_most(
            f"{CARDS:,} simulated cards with their clocks",
            simulated * CARDS / SAMPLE,
            5,
            "s",
            f"reckoned from {SAMPLE} cards of about 150 decisions each, and what leads to them",
        ),
        *_deadlines_and_rules(),
    ]


def _decisions(pipe: CompiledPipe, calendars: Calendars) -> list[_Asked]:
    """Everything that is decided while the definition's scenarios are played, if accepted."""
    found: list[_Asked] = []

    def noting(
        pipe: CompiledPipe,
        card: Card | None,
        command: Command,
        facts: Facts,
        target: CompiledPipe | None,
    ) -> Events | Rejection:
        outcome = decide(pipe, card, command, facts, target)
        if not isinstance(outcome, Rejection):
            found.append((pipe, card, command, facts))
        return outcome

    with patch("engine.core.asking.decide", noting):
        failures = list(play_all(pipe, calendars))
    if failures:
        raise RuntimeError(f"The scenarios of the shipped lifecycle fail: {failures}")
    return found


def _simulated(pipe: CompiledPipe, calendars: Calendars) -> float:
    began = time.process_time()
    simulate(pipe, calendars, cards=SAMPLE, steps=200, at=_START, seed=1)
    return time.process_time() - began


def _rate(work: Callable[[], object], count: int, *, seconds: float = 0.7) -> float:
    """How often a second of processor time."""
    work()
    done, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        work()
        done += count
    return done / (time.process_time() - began)


def _deadlines_and_rules() -> list[Row]:
    office = make_calendar(
        CalendarDefinition(
            timezone="America/Sao_Paulo",
            hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), _DAY),
            hours_per_day=None,
            holidays=None,
            closed=(),
            open={},
        )
    )
    target = parse_duration("5d")
    rule = Rule({"and": [{">=": [{"var": "a"}, 3]}, {"in": [{"var": "b"}, ["x", "y"]]}]})
    deadlines = _rate(lambda: [deadline(office, _START, target) for _ in range(100)], 100)
    rules = _rate(lambda: [rule.evaluate({"a": 4, "b": "y"}) for _ in range(100)], 100)
    return [
        at_least("deadlines a second: five days, office hours", deadlines, 50_000, "/s"),
        beside("rules a second: two conditions", rules, "/s"),
    ]
