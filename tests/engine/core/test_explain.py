"""What an explanation says is so: who is named may act, who is not may not, and somebody can."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from hypothesis import given, settings, strategies as st

from engine.core.actors import ENGINE, Standing, user
from engine.core.commands import (
    AcceptHandoff,
    ApproveRequest,
    AssignCard,
    EditCard,
    HoldCard,
    LookAgain,
    MoveCard,
    RejectRequest,
    ResumeCard,
    ReturnHandoff,
    Wish,
    WithdrawRequest,
)
from engine.core.explain import Explanation, explain, questions_explain
from engine.core.reasons import ReasonCode
from engine.scenarios.plausible import plausible
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, JsonValue, RoleName, TeamId, UserId
from pipes.reading import read_definition
from tests.builders import Course, a_life, a_person, codes, creation
from tests.engine.scenarios.random_pipes import a_random_document

TEAMS = ("product", "design")
NAMES = ("ana", "bo", "cy", "dee", "eli", "fay")


def some_people(chance: Random) -> Mapping[str, Standing]:
    """Ana administers the pipe; who is in which team, leads and decides for whom, is chance."""
    found = {"ana": a_person("ana", pipe_role="admin")}
    for name in NAMES[1:]:
        teams = frozenset(TeamId(team) for team in TEAMS if chance.random() < 0.3)
        found[name] = a_person(
            name,
            teams=teams,
            leads=frozenset(team for team in teams if chance.random() < 0.3),
            roles=frozenset([RoleName("director")]) if chance.random() < 0.3 else frozenset(),
            acts_for=frozenset([UserId(chance.choice(NAMES))])
            if chance.random() < 0.2
            else frozenset(),
        )
    return found


def begun(seed: int) -> Course | None:
    """A card of a random pipe; none if the pipe does not pass its checks."""
    chance = Random(seed)
    document = a_random_document(chance)
    definition = read_definition(document).definition
    if definition is None:
        return None
    pipe = CompiledPipe(definition=definition)
    life = a_life(pipe, calendars=document["calendars"], people=some_people(chance))
    life.does("ana", creation(text="Thing"))
    return life


def something_happens(life: Course, chance: Random) -> None:
    """Somebody does something, or time passes, or people change."""
    match chance.randint(0, 9):
        case 0:
            life.passes(hours=chance.choice((1, 10, 60)))
        case 1:
            life.people = some_people(chance)
            life.away = set(chance.sample(NAMES, 2))
            life.full = {
                phase for phase in life.pipe.definition.phases_by_id if chance.random() < 0.2
            }
            life.does(ENGINE, LookAgain())
        case _:
            wish = chance.choice(wishes(life, chance))
            any(not codes(life.tries(who, wish)) for who in chance.sample(NAMES, len(NAMES)))


def wishes(life: Course, chance: Random) -> list[Wish]:
    """What people may want of the card as it is; mostly to get on with it."""
    card, comment = life.it, "Done."
    if card.life.hold is not None:
        return [ResumeCard(), ResumeCard(), filled_in(life, chance), ApproveRequest()]
    asides: list[Wish] = [
        filled_in(life, chance),
        AssignCard(assignees=(UserId(chance.choice(NAMES)),)),
        HoldCard(reason="Wait."),
    ]
    if card.pending is not None:
        no = RejectRequest(comment="No.")
        return [*asides, ApproveRequest(), ApproveRequest(), no, WithdrawRequest()]
    if card.handoff is not None:
        return [*asides, AcceptHandoff(checked=("Read",)), ReturnHandoff(reason="Not ours.")]
    ways = life.pipe.definition.transitions_from[card.stay.phase]
    moves = [
        MoveCard(transition=way.id, comment=None if way.comment == "none" else comment)
        for way in ways
    ]
    return [*asides, filled_in(life, chance), filled_in(life, chance), *moves, *moves]


def filled_in(life: Course, chance: Random) -> EditCard:
    """The form of the card's phase with values that fit."""
    values: dict[FieldId, JsonValue] = {
        name: plausible(life.pipe.definition.fields[name], life.now.date(), chance)
        for name in sorted(life.pipe.editable(life.it.stay.phase))
    }
    owner = FieldId("owner")
    if values.get(owner) is not None:
        members = life.members("team:product")
        values[owner] = chance.choice(members) if members else None
    return EditCard(values={name: value for name, value in values.items() if value is not None})


def explained(life: Course, who: str) -> Explanation:
    facts = life.facts(user(who), questions_explain(life.pipe, life.it))
    return explain(life.pipe, life.it, user(who), facts)


def would(life: Course, who: str, wish: Wish) -> list[ReasonCode]:
    """Why it would be turned away; nothing becomes of it."""
    return codes(replace(life, history=[]).tries(who, wish))


def hold_to_what_is_said(life: Course, who: str) -> None:
    """What is said to somebody is so for them."""
    said = explained(life, who)
    card = life.it
    assert all(way.what and way.who for way in said.ways_out)
    assert said.ways_out or said.upcoming or card.life.status != "open"
    for clock in said.clocks:
        assert bool(clock.still_because) == card.clocks[clock.id].stands_still, clock
    for way in said.transitions:
        outcome = would(life, who, MoveCard(transition=way.transition, comment="Because."))
        against = [code for code in outcome if code != ReasonCode.COMMENT_NOT_WANTED]
        assert way.allowed == (not against), (way, against)
    if card.life.hold is not None:
        assert would(life, who, ResumeCard()) == []
        return
    named = {person for way in said.ways_out for person in way.people}
    if said.request is not None:
        may = would(life, who, ApproveRequest()) == []
        assert may == (not said.request.reasons)
        assert not may or said.request.names
        if who in said.request.undecided:
            assert may
            assert who in named
        may_withdraw = would(life, who, WithdrawRequest()) == []
        assert may_withdraw == said.request.may_withdraw
    if said.handoff is not None:
        may = would(life, who, AcceptHandoff(checked=said.handoff.checklist)) == []
        assert may == (who in named or who == "ana")
        assert may == (not said.handoff.reasons)


def somebody_can_act(life: Course) -> bool:
    """Whether anybody may do something about what the card waits for, or it happens by itself."""
    said = explained(life, "ana")
    if said.request is None and said.handoff is None:
        return bool(
            said.ways_out
        )  # Whether somebody is in a team that may move it is another matter.
    if said.upcoming or life.it.life.hold is not None:
        return True
    for who in NAMES:
        said = explained(life, who)
        if said.request is not None and (not said.request.reasons or said.request.may_withdraw):
            return True
        if said.handoff is not None and not said.handoff.reasons:
            return True
    return False


@settings(max_examples=40)
@given(seed=st.integers(0, 10**9))
def test_for_every_card_of_every_pipe_what_is_said_is_so_and_somebody_can_act(seed: int):
    life, chance = begun(seed), Random(seed + 1)
    if life is None:
        return
    for _ in range(40):
        something_happens(life, chance)
        if life.it.life.status != "open":
            return
        hold_to_what_is_said(life, chance.choice(NAMES))
        hold_to_what_is_said(life, "ana")
        assert somebody_can_act(life), life.it
