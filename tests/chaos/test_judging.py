"""A verdict is broken by each thing that it is there to find."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from chaos.judging import Story, judge, untold
from chaos.load import TOLD, Deeds, Ledger
from engine.core.commands import AddComment, MoveCard
from pipes.identifiers import TransitionId
from tests.journeys.test_clocks_under_kills import DONE
from tests.servers.receiver import Received

STEPS = ((0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (2, 3))
ANSWERS = "Every answer is yes, or to try again, and yes in the end"
COMMANDS = "Every acknowledged command is in the history exactly once"
UNASKED = "Nothing is in the record that nobody sent"
GAPS = "No history has a gap or a repeat"
MODEL = "History and card are what the model comes to"
AGREEMENT = "Read model and workflow agree card by card"
CLOCKS = "Every clock fired once"
CHAINS = "Every chain came to its end once"
DELIVERIES = "Every delivery came under its id, in order, and nothing that did not happen"


@dataclass(slots=True)
class Outcome:
    """What a round left: here one in which all is well, to be broken."""

    ledger: Ledger = field(default_factory=Ledger)
    stories: dict[str, Story] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    differences: str = ""

    def broken(self) -> list[str]:
        verdicts = judge(self.ledger, [*self.stories.values()], self.received, self.differences)
        return [verdict.promise for verdict in verdicts if not verdict.is_kept]


def an_event(kind: str, **body: Any) -> dict[str, Any]:
    return {"type": kind, "at": "2026-11-26T12:00:09Z", "body": body}


def a_story(key: str, pipe: str, *events: Mapping[str, Any], **parts: Any) -> Story:
    numbered = [
        {"sequence": number, **event}
        for number, event in enumerate((an_event("card.created"), *events), start=1)
    ]
    card = {"id": key.lower(), "key": key, "pipe": pipe, "status": "done", "fields": {}, **parts}
    return Story(card={**card, "version": len(numbered)}, events=numbered)


def a_comment(text: str) -> dict[str, Any]:
    return an_event("comment.added", text=text)


def a_webhook(story: Story, event: Mapping[str, Any]) -> Received:
    number = event["sequence"]
    data = {"card": {"id": story.card["id"]}, "event": {"sequence": number}}
    return Received(
        method="POST",
        path="/hooks",
        headers={"webhook-id": f"{story.key}/{number}"},
        body=json.dumps({"type": event["type"], "data": data}).encode(),
    )


def a_good_outcome() -> Outcome:
    done = [kind for kind, count in DONE.items() for _ in range(count)]
    stories = [
        a_story(
            "RUN-1",
            "rounds",
            an_event("clock.started"),
            an_event("clock.stopped"),
            an_event("card.moved", source="left", target="right"),
            a_comment("mine"),
            status="open",
            phase="right",
            fields={"who": "Runner"},
        ),
        a_story(
            "KET-1",
            "watched",
            an_event("clock.started"),
            an_event("sla.warning", due="2026-11-26T12:00:08Z"),
            an_event("sla.breached", deadline="2026-11-26T12:00:08.999Z"),
            *(
                each
                for (step, nth), kind in zip(STEPS, done, strict=True)
                for each in (
                    an_event("sla.escalated", step=step, nth=nth, due="2026-11-26T12:00:09Z"),
                    an_event(kind, text="Hot"),
                )
            ),
            status="open",
            phase="on",
            fields={"what": "Kettle"},
        ),
        a_story(
            "GOAL-1",
            "goals",
            a_comment("Planned"),
            a_comment("Reached"),
            phase="reached",
            fields={"tasks": ["TASK-1"]},
        ),
        a_story("TASK-1", "tasks", a_comment("Begun")),
    ]
    ledger = Ledger(
        cards=[
            Deeds(
                pipe="rounds",
                name="Runner",
                key="RUN-1",
                wishes=[MoveCard(transition=TransitionId("go")), AddComment(text="mine")],
                moves=[("left", "right")],
                comments=["mine"],
                perhaps=["unheard"],
            ),
            Deeds(pipe="watched", name="Kettle", key="KET-1"),
            Deeds(pipe="goals", name="Goal", key="GOAL-1"),
        ]
    )
    outcome = Outcome(
        ledger=ledger,
        stories={story.key: story for story in stories},
    )
    outcome.received[:] = [a_webhook(story, event) for story, event in told_of(outcome)]
    return outcome


def told_of(outcome: Outcome) -> list[tuple[Story, Mapping[str, Any]]]:
    """What webhooks tell, if all goes well."""
    return [
        (story, event)
        for story in outcome.stories.values()
        for event in story.events
        if event["type"] in TOLD
    ]


def with_events(outcome: Outcome, key: str, *events: Mapping[str, Any], **parts: Any) -> None:
    """Another history of the card, and what is told of it."""
    story = outcome.stories[key]
    rest = {**{k: v for k, v in story.card.items() if k not in ("key", "pipe", "version")}, **parts}
    outcome.stories[key] = a_story(key, story.card["pipe"], *events, **rest)


def test_a_round_in_which_all_went_well_keeps_every_promise():
    outcome = a_good_outcome()

    assert outcome.broken() == []
    assert untold([*outcome.stories.values()], outcome.received) == set()


def refuses(outcome: Outcome) -> None:
    outcome.ledger.refusals.append("POST /cards: 500")


def loses_a_command(outcome: Outcome) -> None:
    outcome.ledger.cards[0].comments.append("lost")


def doubles_a_comment_nobody_waited_for(outcome: Outcome) -> None:
    events = [*outcome.stories["RUN-1"].events[1:], a_comment("unheard"), a_comment("unheard")]
    with_events(outcome, "RUN-1", *events)


def loses_a_card(outcome: Outcome) -> None:
    outcome.ledger.cards.append(Deeds(pipe="rounds", name="Lost", key="RUN-2"))


def moves_without_stopping_the_clock(outcome: Outcome) -> None:
    kept = [each for each in outcome.stories["RUN-1"].events[1:] if each["type"] != "clock.stopped"]
    events = [an_event(each["type"], **each["body"]) for each in kept]
    with_events(outcome, "RUN-1", *events)
    outcome.received[:] = [a_webhook(story, event) for story, event in told_of(outcome)]


def stands_elsewhere(outcome: Outcome) -> None:
    story = outcome.stories["RUN-1"]
    outcome.stories["RUN-1"] = Story(card={**story.card, "phase": "left"}, events=story.events)


def leaves_somebody_waiting(outcome: Outcome) -> None:
    outcome.ledger.stuck = 1


def makes_something_up(outcome: Outcome) -> None:
    with_events(outcome, "RUN-1", *outcome.stories["RUN-1"].events[1:], a_comment("made up"))


def leaves_a_gap(outcome: Outcome) -> None:
    story = outcome.stories["KET-1"]
    events = [*story.events[:-1], {**story.events[-1], "sequence": 99}]
    outcome.stories["KET-1"] = Story(card=story.card, events=events)


def differs(outcome: Outcome) -> None:
    outcome.differences = '{"card": "run-1", "kind": "workflow_ahead"}\n'


def fires_twice(outcome: Outcome) -> None:
    events = [*outcome.stories["KET-1"].events[1:], an_event("sla.warning")]
    with_events(outcome, "KET-1", *events)


def fires_early(outcome: Outcome) -> None:
    begun, warned, *events = outcome.stories["KET-1"].events[1:]
    early = {**warned, "body": {"due": "2026-11-26T12:01:00Z"}}
    with_events(outcome, "KET-1", begun, early, *events)


def breaches_early(outcome: Outcome) -> None:
    begun, warned, breached, *events = outcome.stories["KET-1"].events[1:]
    # Half a second before, which as text would come after it.
    early = {**breached, "body": {"deadline": "2026-11-26T12:00:09.5Z"}}
    with_events(outcome, "KET-1", begun, warned, early, *events)


def does_not_say_when_it_was_due(outcome: Outcome) -> None:
    begun, warned, *events = outcome.stories["KET-1"].events[1:]
    with_events(outcome, "KET-1", begun, {**warned, "body": {}}, *events)


def does_a_step_twice(outcome: Outcome) -> None:
    with_events(outcome, "TASK-1", a_comment("Begun"), an_event("card.labelled"))
    story = outcome.stories["GOAL-1"]
    outcome.stories["GOAL-1"] = Story(
        card={**story.card, "fields": {"tasks": ["TASK-1", "TASK-1"]}}, events=story.events
    )


def makes_a_task_for_nobody(outcome: Outcome) -> None:
    outcome.stories["TASK-2"] = a_story("TASK-2", "tasks")


def forgets_a_delivery(outcome: Outcome) -> None:
    outcome.received.pop()


def sends_under_another_id(outcome: Outcome) -> None:
    first = outcome.received[0]
    outcome.received.append(
        Received(
            method=first.method,
            path=first.path,
            headers={"webhook-id": "another"},
            body=first.body,
        )
    )


def tells_what_did_not_happen(outcome: Outcome) -> None:
    story = outcome.stories["RUN-1"]
    outcome.received.append(a_webhook(story, {**story.events[-1], "sequence": 50}))


def tells_in_another_order(outcome: Outcome) -> None:
    outcome.received.reverse()


@pytest.mark.parametrize(
    ("breaks", "promises"),
    [
        (refuses, [ANSWERS]),
        (leaves_somebody_waiting, [ANSWERS]),
        (moves_without_stopping_the_clock, [MODEL]),
        (stands_elsewhere, [MODEL]),
        (loses_a_command, [COMMANDS]),
        (doubles_a_comment_nobody_waited_for, [COMMANDS, DELIVERIES]),
        (loses_a_card, [COMMANDS]),
        (makes_something_up, [UNASKED, MODEL, DELIVERIES]),
        (leaves_a_gap, [GAPS, DELIVERIES]),
        (differs, [AGREEMENT]),
        (fires_twice, [MODEL, CLOCKS]),
        (fires_early, [CLOCKS]),
        (breaches_early, [CLOCKS]),
        (does_not_say_when_it_was_due, [CLOCKS]),
        (does_a_step_twice, [CHAINS]),
        (makes_a_task_for_nobody, [CHAINS]),
        (forgets_a_delivery, [DELIVERIES]),
        (sends_under_another_id, [DELIVERIES]),
        (tells_what_did_not_happen, [DELIVERIES]),
        (tells_in_another_order, [DELIVERIES]),
    ],
)
def test_what_went_wrong_is_found(breaks: Callable[[Outcome], None], promises: list[str]):
    outcome = a_good_outcome()
    breaks(outcome)

    assert outcome.broken() == promises
