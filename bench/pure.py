"""What one core decides and reckons in a second."""

from datetime import UTC, datetime

from bench.figures import Figure, rate
from engine.core.actors import user
from engine.core.commands import EditCard, MoveCard
from engine.core.decide import decide
from engine.core.questions import questions
from pipes.calendars import deadline, make_calendar
from pipes.definition import CalendarDefinition
from pipes.durations import parse_duration
from pipes.identifiers import FieldId, TransitionId
from pipes.rules import Rule
from tests.builders import a_life

_DAY = ("09:00-12:00", "13:00-18:00")


def measure() -> list[Figure]:
    """Decisions, deadlines and rules."""
    life = a_life().creates(name="Offline mode")
    figures = []
    for what, wish in (
        ("decisions: a move", MoveCard(transition=TransitionId("to-design"))),
        ("decisions: an edit", EditCard(values={FieldId("effort"): 5})),
    ):
        command = life.command("bo", wish)
        facts = life.facts(user("bo"), questions(life.pipe, life.card, command))

        def decides(command: object = command, facts: object = facts) -> object:
            return decide(life.pipe, life.card, command, facts)  # type: ignore[arg-type]

        figures.append(rate(what, decides))
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
    start, target = datetime(2026, 3, 2, 15, tzinfo=UTC), parse_duration("5d")
    figures.append(
        rate("deadlines: five days, office hours", lambda: deadline(office, start, target))
    )
    rule = Rule({"and": [{">=": [{"var": "a"}, 3]}, {"in": [{"var": "b"}, ["x", "y"]]}]})
    figures.append(rate("rules: two conditions", lambda: rule.evaluate({"a": 4, "b": "y"})))
    return figures
