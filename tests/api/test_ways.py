"""What stands against a way on, in as few words as say everything."""

from api.pages.ways import Way, ways_of
from engine.core.explain import Possibility
from engine.core.reasons import Reason, ReasonCode
from pipes.identifiers import FieldId, PhaseId, TransitionId
from tests.builders import a_pipe

GUARD = Reason(code=ReasonCode.CONDITION, message="Two people have to look at it.")


def missing(*labels: str) -> tuple[Reason, ...]:
    return tuple(
        Reason(
            code=ReasonCode.MISSING_FIELD,
            message=f"{label} is needed.",
            field=FieldId(label.lower()),
        )
        for label in labels
    )


def way(*reasons: Reason) -> Way:
    """A button that cannot be pressed for these reasons."""
    definition = a_pipe().definition
    possibility = Possibility(
        transition=TransitionId("go"),
        label="Go",
        target=PhaseId(definition.phases[-1].id),
        allowed=False,
        reasons=reasons,
        missing=(),
        comment="none",
        who="anyone",
    )
    return ways_of(definition, [possibility])[0]


def told(*reasons: Reason) -> list[str]:
    """What the button says."""
    return [reason.message for reason in way(*reasons).reasons]


def test_many_missing_fields_are_named_in_one_line() -> None:
    assert told(GUARD, *missing("Reach", "Effort", "Owner")) == [
        "Still needed: Reach, Effort, Owner.",
        "Two people have to look at it.",
    ]


def test_a_few_are_told_one_by_one() -> None:
    assert told(GUARD, *missing("Reach", "Effort")) == [
        "Two people have to look at it.",
        "Reach is needed.",
        "Effort is needed.",
    ]


def test_too_many_for_a_line_are_counted_and_can_be_unfolded() -> None:
    labels = ("Reach", "Effort", "Owner", "Market", "Price", "Risk", "Date")
    button = way(GUARD, *missing(*labels))
    assert [reason.message for reason in button.reasons] == [
        "7 needed fields are empty.",
        "Two people have to look at it.",
    ]
    assert button.empty == labels
    assert way(GUARD, *missing(*labels[:3])).empty == ()
