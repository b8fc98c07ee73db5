"""What has to be true afterwards, told from what was acknowledged, recorded and received."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chaos.load import TOLD, Deeds, Ledger
from chaos.model import MODELLED, against_model
from tests.journeys.test_clocks_under_kills import DONE, EVERYTHING
from tests.servers.receiver import Received

_STEPS = [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (2, 3)]
_PLANNED = ["Planned", "Reached"]
_DOES = ["Begun"]
_FIRED = ("sla.warning", "sla.breached", "sla.escalated")
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A card as the API shows it at the end, with its whole history."""

    card: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]

    @property
    def key(self) -> str:
        return str(self.card["key"])

    def kinds(self) -> list[str]:
        return [str(event["type"]) for event in self.events]

    def comments(self) -> list[str]:
        return [each["body"]["text"] for each in self.events if each["type"] == "comment.added"]

    def is_at_rest(self) -> bool:
        """Whether nothing more happens to it by itself."""
        match self.card["pipe"]:
            case "watched":
                return len([kind for kind in self.kinds() if kind.startswith("sla.")]) >= len(
                    EVERYTHING
                )
            case "goals" | "tasks":
                return bool(self.card["status"] == "done")
            case _:
                return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a promise was kept; each problem is one sentence."""

    promise: str
    looked_at: int
    problems: tuple[str, ...]

    @property
    def is_kept(self) -> bool:
        return self.looked_at > 0 and not self.problems

    def in_words(self) -> str:
        """The verdict, and the first of what is wrong."""
        lines = [f"{'kept  ' if self.is_kept else 'BROKEN'}  {self.promise} ({self.looked_at:,})"]
        lines += [f"          {problem}" for problem in self.problems[:_SHOWN]]
        if len(self.problems) > _SHOWN:
            lines.append(f"          and {len(self.problems) - _SHOWN:,} more")
        return "\n".join(lines)


def judge(
    ledger: Ledger, stories: Sequence[Story], received: Sequence[Received], differences: str
) -> tuple[Verdict, ...]:
    """Every promise.

    Args:
        differences: What `phaseline reconcile --json` has printed.
    """
    return (
        _verdict("Every answer is yes, or to try again, and yes in the end", [ledger], _answers),
        _verdict(
            "Every acknowledged command is in the history exactly once",
            ledger.cards,
            _against({story.key: story for story in stories}),
            count=ledger.acknowledged,
        ),
        _verdict("Nothing is in the record that nobody sent", [stories], _unasked(ledger)),
        _verdict("No history has a gap or a repeat", stories, _gaps),
        _verdict(
            "History and card are what the model comes to",
            [each for each in ledger.cards if each.pipe in MODELLED],
            _by_model({story.key: story for story in stories}),
        ),
        _verdict(
            "Read model and workflow agree card by card",
            [differences],
            lambda told: [line for line in told.splitlines() if line.strip()],
            count=len(stories),
        ),
        _verdict("Every clock fired once", _of("watched", stories), _clock),
        _verdict("Every chain came to its end once", _of("goals", stories), _chain(stories)),
        _deliveries(stories, received),
    )


def _verdict[T](
    promise: str,
    things: Sequence[T],
    problems: Callable[[T], Iterable[str]],
    count: int | None = None,
) -> Verdict:
    found = tuple(problem for thing in things for problem in problems(thing))
    looked_at = len(things) if count is None else count
    return Verdict(promise=promise, looked_at=looked_at, problems=found)


def _of(pipe: str, stories: Sequence[Story]) -> list[Story]:
    return [story for story in stories if story.card["pipe"] == pipe]


def _answers(ledger: Ledger) -> Iterable[str]:
    yield from ledger.refusals
    if ledger.stuck:
        yield f"{ledger.stuck} of those who sent had no yes minutes after everything ran again."


# --- commands -------------------------------------------------------------------------------------


def _against(stories: Mapping[str, Story]) -> Callable[[Deeds], Iterable[str]]:
    def problems(deeds: Deeds) -> Iterable[str]:
        story = stories.get(deeds.key)
        if story is None:
            yield f"{deeds.key} was acknowledged and is nowhere."
            return
        if story.kinds().count("card.created") != 1:
            yield f"{deeds.key} was not created once."
        moves = [
            (event["body"]["source"], event["body"]["target"])
            for event in story.events
            if event["type"] == "card.moved"
        ]
        if deeds.pipe == "rounds" and moves != deeds.moves:
            yield f"{deeds.key}: {len(deeds.moves)} moves were acknowledged, not {len(moves)}."
        written = Counter(story.comments())
        yield from (
            f"{deeds.key}: the comment {text} is there {written[text]} times."
            for text in deeds.comments
            if written[text] != 1
        )
        yield from (
            f"{deeds.key}: the comment {text} is there {written[text]} times."
            for text in deeds.perhaps
            if written[text] > 1
        )

    return problems


def _unasked(ledger: Ledger) -> Callable[[Sequence[Story]], Iterable[str]]:
    """Cards and comments of people that no ledger knows."""
    asked = {deeds.key: deeds for deeds in ledger.cards}

    def problems(stories: Sequence[Story]) -> Iterable[str]:
        for story in stories:
            if story.card["pipe"] == "tasks":
                continue
            deeds = asked.get(story.key)
            if deeds is None:
                yield f"{story.key} was created, and nobody was told so."
            elif deeds.pipe == "rounds":
                known = {*deeds.comments, *deeds.perhaps}
                yield from (
                    f"{story.key}: nobody wrote {text}."
                    for text in story.comments()
                    if text not in known
                )

    return problems


def _by_model(stories: Mapping[str, Story]) -> Callable[[Deeds], Iterable[str]]:
    def problems(deeds: Deeds) -> Iterable[str]:
        story = stories.get(deeds.key)
        return () if story is None else against_model(deeds, story.card, story.events)

    return problems


def _gaps(story: Story) -> Iterable[str]:
    numbers = [event["sequence"] for event in story.events]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"{story.key}: the numbers of its events are {numbers}."
    if story.card["version"] != len(numbers):
        yield f"{story.key} is at {story.card['version']} and has {len(numbers)} events."


# --- what happens by itself -----------------------------------------------------------------------


def _clock(story: Story) -> Iterable[str]:
    kinds = story.kinds()
    told = [kind for kind in kinds if kind.startswith("sla.")]
    if told != EVERYTHING:
        yield f"{story.key}: its clock did {told}."
    steps = [
        (event["body"]["step"], event["body"].get("nth", 0))
        for event in story.events
        if event["type"] == "sla.escalated"
    ]
    if steps != _STEPS:
        yield f"{story.key}: its steps were {steps}."
    done = {kind: kinds.count(kind) for kind in DONE}
    if done != DONE:
        yield f"{story.key}: its steps did {done}."
    for event in story.events:
        due = event["body"].get("due") or event["body"].get("deadline")
        if event["type"].startswith("sla.") and due is None:
            yield f"{story.key}: {event['type']} does not say when it was due."
        elif due is not None and event["type"] in _FIRED and _instant(event["at"]) < _instant(due):
            yield f"{story.key}: {event['type']} came at {event['at']}, before {due}."


def _instant(told: str) -> datetime:
    return datetime.fromisoformat(told)


def _chain(stories: Sequence[Story]) -> Callable[[Story], Iterable[str]]:
    tasks = {story.key: story for story in _of("tasks", stories)}
    wanted = Counter(
        key for goal in _of("goals", stories) for key in goal.card["fields"].get("tasks") or ()
    )

    def problems(goal: Story) -> Iterable[str]:
        # Two automations: the second may overtake the rest of the first, whose worker has died.
        if sorted(goal.comments()) != _PLANNED or goal.card["phase"] != "reached":
            yield f"{goal.key} is in {goal.card['phase']} and says {goal.comments()}."
        planned = goal.card["fields"].get("tasks") or []
        if len(planned) != 1:
            yield f"{goal.key} has {len(planned)} tasks."
        for key in planned:
            task = tasks.get(key)
            if task is None or task.comments() != _DOES or task.card["status"] != "done":
                yield f"{goal.key}: its task {key} was not done once."

    def all_problems(goal: Story) -> Iterable[str]:
        yield from problems(goal)
        if goal is _of("goals", stories)[0]:
            yield from (f"{key} was made for nobody." for key in tasks if key not in wanted)

    return all_problems


# --- deliveries -----------------------------------------------------------------------------------


def untold(stories: Sequence[Story], received: Sequence[Received]) -> set[tuple[str, int]]:
    """What happened and was not told yet: cards and the numbers of their events."""
    return _happened(stories).keys() - {_about(each) for each in received}


def _happened(stories: Sequence[Story]) -> dict[tuple[str, int], str]:
    return {
        (str(story.card["id"]), int(event["sequence"])): str(event["type"])
        for story in stories
        for event in story.events
        if event["type"] in TOLD
    }


def _about(each: Received) -> tuple[str, int]:
    told = json.loads(each.body)["data"]
    return str(told["card"]["id"]), int(told["event"]["sequence"])


def _deliveries(stories: Sequence[Story], received: Sequence[Received]) -> Verdict:
    happened = _happened(stories)
    ids: dict[tuple[str, int], set[str]] = defaultdict(set)
    order: dict[str, list[int]] = defaultdict(list)
    problems = []
    for each in received:
        about, kind = _about(each), json.loads(each.body)["type"]
        card, number = about
        if happened.get(about) != kind:
            problems.append(f"{kind} {number} of {card} was told and did not happen.")
        if about not in ids:
            order[card].append(number)
        ids[about].add(each.headers["webhook-id"])
    problems += [f"{happened[key]} of {key} was never told." for key in happened.keys() - ids]
    problems += [f"{key} came under {len(its)} ids." for key, its in ids.items() if len(its) > 1]
    if len(set().union(*ids.values())) < len(ids):
        problems.append("Different events were told under one id.")
    problems += [
        f"What happened to {card} was told as {numbers}."
        for card, numbers in order.items()
        if numbers != sorted(numbers)
    ]
    return Verdict(
        promise="Every delivery came under its id, in order, and nothing that did not happen",
        looked_at=len(happened),
        problems=tuple(problems),
    )
