"""What is done to the installation, and when: a plan that follows from a seed alone."""

import random
from dataclasses import dataclass
from typing import Literal

type Part = Literal["api", "worker-1", "worker-2", "temporal", "database"]
type Kind = Literal["kill", "pause", "fill", "skew"]

# Longer than a worker may take for a workflow task (10 s), so that its work is given to another.
_PAUSE = (11.0, 14.0)
_DOWN, _FULL, _WRONG = (0.0, 2.0), (3.0, 6.0), (5.0, 15.0)
_SKEW = (30, 900)
# How many kills there are for one of each of the other blows.
_KILLS_PER_OTHER = 20
_WORKERS: tuple[Part, ...] = ("worker-1", "worker-2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """One thing that is done.

    Attributes:
        at: Seconds since the load began.
        parts: To whom; the disk belongs to all.
        seconds: How long: until what was killed is started again, what was stopped goes on, the
            disk has room, the clock is right.
        ahead: By how many seconds a clock is ahead; less than 0 is behind.
    """

    at: float
    kind: Kind
    parts: tuple[Part, ...]
    seconds: float
    ahead: int = 0


def make_plan(
    seed: int, *, seconds: float, kills: int, parts: tuple[Part, ...], with_disk: bool
) -> tuple[Blow, ...]:
    """At least so many kills and one blow of every kind, spread at random over the time.

    Every part is killed alone, and all of them are killed at once.
    """
    chance = random.Random(seed)
    targets: list[tuple[Part, ...]] = [parts, *((part,) for part in parts)]
    while sum(map(len, targets)) < kills:
        targets.append(_target(chance, parts))
    others: list[Kind] = ["pause", "skew"]
    if with_disk:
        others.append("fill")
    kinds: list[tuple[Kind, tuple[Part, ...]]] = [("kill", target) for target in targets]
    for _ in range(max(1, kills // _KILLS_PER_OTHER)):
        kinds += [(kind, _hit_by(chance, kind)) for kind in others]
    chance.shuffle(kinds)
    each = seconds / len(kinds)
    return tuple(
        _blow(chance, round(each * (number + chance.random()), 3), kind, target)
        for number, (kind, target) in enumerate(kinds)
    )


def _target(chance: random.Random, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """One of them, often; two of them, seldom; all, hardly ever."""
    count = chance.choices((1, 2, len(parts)), weights=(16, 3, 1))[0]
    return tuple(sorted(chance.sample(parts, count)))


def _hit_by(chance: random.Random, kind: Kind) -> tuple[Part, ...]:
    match kind:
        case "pause":
            return (chance.choice(_WORKERS),)
        case "skew":
            return (chance.choice((*_WORKERS, "api")),)
        case _:
            return ()


def _blow(chance: random.Random, at: float, kind: Kind, parts: tuple[Part, ...]) -> Blow:
    lasts = {"kill": _DOWN, "pause": _PAUSE, "fill": _FULL, "skew": _WRONG}[kind]
    ahead = chance.choice((-1, 1)) * chance.randint(*_SKEW) if kind == "skew" else 0
    seconds = round(chance.uniform(*lasts), 3)
    return Blow(at=at, kind=kind, parts=parts, seconds=seconds, ahead=ahead)
