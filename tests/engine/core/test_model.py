"""The decision against a model of it that is written a second time, and much more simply."""

from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from engine.core.actors import user
from engine.core.commands import (
    AddComment,
    AssignCard,
    CancelCard,
    ClaimCard,
    EditCard,
    HoldCard,
    MoveCard,
    ReopenCard,
    ResumeCard,
    Wish,
)
from engine.core.evolve import evolve
from engine.core.explain import explain, questions_explain
from engine.core.reasons import Rejection
from pipes.identifiers import FieldId, TransitionId, UserId
from tests.builders import Course, a_life

# Who is what to the pipe of `a_pipe`; bo creates the card.
WORKERS = frozenset(("ana", "bo", "cy", "dee", "ora"))
ADMINS = frozenset(("ana", "ora"))
EVERYBODY = st.sampled_from(("ana", "bo", "cy", "dee", "rae", "val", "gus", "ora"))
WAYS = {
    "to-design": (("concept",), "design"),
    "finish": (("design",), "done"),
    "back": (("design",), "concept"),
    "reject": (("concept", "design"), "rejected"),
}
FINAL = {"done": "done", "rejected": "cancelled"}
TEXTS = st.sampled_from(("", " ", "short", "a text of some words"))


class CardAndModel(RuleBasedStateMachine):
    """Commands in any order by anybody: the model says what is allowed and what comes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.life: Course = a_life().creates("bo", name="Offline mode")
        self.phase = "concept"
        self.status = "open"
        self.held = False
        self.assignees: tuple[str, ...] = ()
        self.effort: object = None

    def works_on_it(self, who: str) -> bool:
        return who in WORKERS or who in self.assignees

    def tries(self, who: str, wish: Wish, *, allowed: bool) -> bool:
        before = self.life.it
        outcome = self.life.tries(who, wish)
        assert (not isinstance(outcome, Rejection)) == allowed, (who, wish, outcome)
        if not allowed:
            assert self.life.it == before
        return allowed

    @rule(who=EVERYBODY, way=st.sampled_from(sorted(WAYS)))
    def move(self, who: str, way: str) -> None:
        sources, target = WAYS[way]
        allowed = (
            self.works_on_it(who)
            and self.status == "open"
            and not self.held
            and self.phase in sources
        )
        if self.tries(who, MoveCard(transition=TransitionId(way)), allowed=allowed):
            self.phase = target
            self.status = FINAL.get(target, "open")

    @rule(who=EVERYBODY, effort=st.one_of(st.none(), st.integers(-2, 5)))
    def edit(self, who: str, effort: int | None) -> None:
        fits = effort is None or effort >= 0
        allowed = self.works_on_it(who) and self.status == "open" and fits
        wish = EditCard(values={FieldId("effort"): effort})
        if self.tries(who, wish, allowed=allowed):
            self.effort = effort

    @rule(who=EVERYBODY, whom=st.lists(st.sampled_from(("bo", "cy", "val")), unique=True))
    def assign(self, who: str, whom: list[str]) -> None:
        allowed = who in WORKERS and self.status == "open"
        wish = AssignCard(assignees=tuple(map(UserId, whom)))
        if self.tries(who, wish, allowed=allowed):
            self.assignees = tuple(whom)

    @rule(who=EVERYBODY)
    def claim(self, who: str) -> None:
        allowed = who in WORKERS and self.status == "open" and who not in self.assignees
        if self.tries(who, ClaimCard(), allowed=allowed):
            self.assignees = (*self.assignees, who)

    @rule(who=EVERYBODY, text=TEXTS)
    def comment(self, who: str, text: str) -> None:
        self.tries(who, AddComment(text=text), allowed=self.works_on_it(who) and bool(text.strip()))

    @rule(who=EVERYBODY, reason=TEXTS)
    def hold(self, who: str, reason: str) -> None:
        allowed = self.works_on_it(who) and self.status == "open" and not self.held
        if self.tries(who, HoldCard(reason=reason), allowed=allowed and bool(reason.strip())):
            self.held = True

    @rule(who=EVERYBODY)
    def resume(self, who: str) -> None:
        allowed = self.works_on_it(who) and self.status == "open" and self.held
        if self.tries(who, ResumeCard(), allowed=allowed):
            self.held = False

    @rule(who=EVERYBODY, reason=TEXTS)
    def cancel(self, who: str, reason: str) -> None:
        allowed = who in (*ADMINS, "bo") and self.status == "open" and bool(reason.strip())
        if self.tries(who, CancelCard(reason=reason), allowed=allowed):
            self.status, self.held = "cancelled", False

    @rule(who=EVERYBODY, reason=TEXTS)
    def reopen(self, who: str, reason: str) -> None:
        allowed = who in ADMINS and self.status != "open" and bool(reason.strip())
        if self.tries(who, ReopenCard(reason=reason), allowed=allowed):
            self.status, self.phase = "open", self.life.phase
            assert self.phase not in FINAL

    @rule(who=st.sampled_from(("bo", "cy", "val", "gus")))
    def explained(self, who: str) -> None:
        """What `explain` calls allowed is what may be done, and nothing else is."""
        card, pipe = self.life.it, self.life.pipe
        facts = self.life.facts(user(who), questions_explain(pipe, card))
        explanation = explain(pipe, card, user(who), facts)
        told = {way.transition for way in explanation.transitions if way.allowed}
        possible = {
            way
            for way, (sources, _) in WAYS.items()
            if self.phase in sources
            and self.status == "open"
            and not self.held
            and self.works_on_it(who)
        }
        assert told == possible

    @invariant()
    def they_agree(self) -> None:
        card = self.life.it
        assert (card.stay.phase, card.life.status) == (self.phase, self.status)
        assert (card.life.hold is not None) == self.held
        assert card.work.assignees == self.assignees
        assert card.values.get(FieldId("effort")) == self.effort

    @invariant()
    def history_makes_the_card(self) -> None:
        history = self.life.history
        assert [event.sequence for event in history] == list(range(1, len(history) + 1))
        again: Any = None
        for event in history:
            again = evolve(again, event)
        assert again == self.life.it
        assert self.life.it.version == len(history)


CardAndModel.TestCase.settings = settings(max_examples=150, stateful_step_count=40)
TestCardAndModel = CardAndModel.TestCase
