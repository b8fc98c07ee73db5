"""The flow of a pipe as a drawing: phases one below the other, ways as lines beside them.

A pure layout. Under each phase stand the ways out of it; a line leads from each of them to the
phase where it goes: on the right those that go on, on the left those that go back. One way has one
line however many phases it leaves, so that `"from": "*"` does not become a thicket.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pipes.definition import Definition, Phase, Transition
from pipes.durations import in_words as duration_in_words
from pipes.identifiers import PhaseId

type Side = Literal["on", "back"]

_GAP = 22
_MARGIN = 10
_LANE = 11
# Between a box and the first line beside it there is room for an arrow's head.
_NECK = 20
_ROUND = 6
_LONGEST_NAME = 30
_LONGEST_WAY = 36


@dataclass(frozen=True, slots=True)
class Size:
    """How large something is drawn."""

    width: int
    height: int


BOX = Size(248, 48)
# Ways stand under their phase, inset on the left.
WAY = Size(234, 26)
START = Size(180, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A phase as it is drawn."""

    id: PhaseId
    name: str
    about: str
    tone: str
    is_final: bool
    pointer: str
    top: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """A way's label under a phase that it leaves."""

    top: int
    label: str
    marks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A way as it is drawn: its labels, and the path of its line.

    Attributes:
        path: The `d` of an SVG path, arrow's heads apart; empty where the target is unknown.
    """

    id: str
    side: Side
    pointer: str
    exits: tuple[Exit, ...]
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartMark:
    """What says where cards begin, above the box of that phase, with an arrow down to it."""

    label: str
    top: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The whole drawing; `left` is where boxes begin."""

    box: ClassVar[Size] = BOX
    way: ClassVar[Size] = WAY
    beginning: ClassVar[Size] = START
    width: int
    height: int
    left: int
    start: StartMark | None
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]

    @property
    def right(self) -> int:
        """Where boxes end."""
        return self.left + BOX.width


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """A way on one side: from which heights to which height its line runs, if it has a target."""

    way: int
    side: Side
    exits: tuple[int, ...]
    target: int | None

    @property
    def span(self) -> tuple[int, int]:
        heights = self.exits if self.target is None else (*self.exits, self.target)
        return min(heights), max(heights)


def lay_out(definition: Definition) -> Flow:
    """The drawing of a pipe; also of one that the checks object to."""
    tops, exits, bottom = _heights(definition)
    runs = [*_runs(definition, tops, exits)]
    lanes = _lanes(runs)
    left = _MARGIN + _beside(runs, lanes, "back")
    return Flow(
        width=left + BOX.width + _beside(runs, lanes, "on") + _MARGIN,
        height=bottom,
        left=left,
        start=_start(definition, left, tops),
        boxes=tuple(_boxes(definition, tops)),
        lines=tuple(
            _line(definition.transitions[run.way], run, path=_path(run, left, lane))
            for run, lane in zip(runs, lanes, strict=True)
        ),
    )


def _heights(
    definition: Definition,
) -> tuple[Mapping[PhaseId, int], Mapping[tuple[int, PhaseId], int], int]:
    """Where boxes begin and, by way and phase, where labels do; and where the drawing ends."""
    tops: dict[PhaseId, int] = {}
    exits: dict[tuple[int, PhaseId], int] = {}
    height = _MARGIN
    for phase in definition.phases:
        if phase.id == definition.start.phase:
            height += START.height + _GAP
        tops[phase.id] = height
        height += BOX.height + 4
        for index, way in enumerate(definition.transitions):
            if phase.id in way.sources:
                exits[index, phase.id] = height
                height += WAY.height
        height += _GAP
    return tops, exits, height


def _runs(
    definition: Definition,
    tops: Mapping[PhaseId, int],
    exits: Mapping[tuple[int, PhaseId], int],
) -> Iterable[_Run]:
    for index, way in enumerate(definition.transitions):
        target = tops.get(way.target)
        leaves = [exits[index, source] for source in way.sources if (index, source) in exits]
        on = tuple(top for top in leaves if target is None or top < target)
        back = tuple(top for top in leaves if top not in on)
        if on:
            yield _Run(way=index, side="on", exits=on, target=target)
        if back:
            yield _Run(way=index, side="back", exits=back, target=target)


def _lanes(runs: Sequence[_Run]) -> Sequence[int]:
    """For each run how far out its line is: short ones inside, none over another."""
    taken: dict[tuple[Side, int], list[tuple[int, int]]] = {}
    lanes = [0] * len(runs)
    short_first = sorted(range(len(runs)), key=lambda each: _length(runs[each]))
    for index in short_first:
        run, lane = runs[index], 0
        while any(_overlap(run.span, other) for other in taken.get((run.side, lane), ())):
            lane += 1
        taken.setdefault((run.side, lane), []).append(run.span)
        lanes[index] = lane
    return lanes


def _length(run: _Run) -> int:
    begin, end = run.span
    return end - begin


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _beside(runs: Sequence[_Run], lanes: Sequence[int], side: Side) -> int:
    """How much room the lines of a side take."""
    used = [lane for run, lane in zip(runs, lanes, strict=True) if run.side == side]
    return _NECK + _LANE * max(used) if used else 0


def _path(run: _Run, left: int, lane: int) -> str:
    """From each label out to the lane, along it, and in to the target's box."""
    if run.target is None:
        return ""
    out, edge = (1, left + BOX.width) if run.side == "on" else (-1, left)
    far = edge + out * (_NECK + _LANE * lane)
    goal = run.target + BOX.height // 2
    begin = edge if run.side == "on" else edge + BOX.width - WAY.width
    parts = []
    for top in run.exits:
        height = top + WAY.height // 2
        down = 1 if goal > height else -1
        parts.append(
            f"M{begin} {height}H{far - out * _ROUND}"
            f"Q{far} {height} {far} {height + down * _ROUND}"
            f"V{goal - down * _ROUND}Q{far} {goal} {far - out * _ROUND} {goal}"
            f"H{edge + out * 2}"
        )
    head = edge + out * 7
    parts.append(f"M{head} {goal - 4}L{edge + out * 2} {goal}L{head} {goal + 4}")
    return "".join(parts)


def _start(definition: Definition, left: int, tops: Mapping[PhaseId, int]) -> StartMark | None:
    first = tops.get(definition.start.phase)
    if first is None:
        return None
    middle, end = left + BOX.width // 2, first - 2
    return StartMark(
        label=_shortened(f"New {definition.card.noun}", _LONGEST_NAME),
        top=first - _GAP - START.height,
        path=f"M{middle} {first - _GAP}V{end}M{middle - 4} {end - 5}L{middle} {end}"
        f"L{middle + 4} {end - 5}",
    )


def _boxes(definition: Definition, tops: Mapping[PhaseId, int]) -> Iterable[Box]:
    for index, phase in enumerate(definition.phases):
        yield Box(
            id=phase.id,
            name=_shortened(phase.name, _LONGEST_NAME),
            about=_shortened(" · ".join(_about(definition, phase)), _LONGEST_WAY),
            tone=phase.color or "gray",
            is_final=phase.final is not None,
            pointer=f"/phases/{index}",
            top=tops[phase.id],
        )


def _about(definition: Definition, phase: Phase) -> Iterable[str]:
    if phase.final is not None:
        yield "A card ends here, done" if phase.final == "done" else "A card ends here, given up"
        return
    if phase.team is not None:
        yield definition.teams.get(phase.team, phase.team)
    if phase.sla is not None and phase.sla.target:
        yield duration_in_words(phase.sla.target[0].target)
    if phase.form:
        yield "1 field" if len(phase.form) == 1 else f"{len(phase.form)} fields"


def _line(way: Transition, run: _Run, *, path: str) -> Line:
    marks = "".join(_marks(way))
    room = _LONGEST_WAY - 2 * len(marks)
    return Line(
        id=way.id,
        side=run.side,
        pointer=f"/transitions/{run.way}",
        exits=tuple(
            Exit(top=top, label=_shortened(way.label, room), marks=marks) for top in run.exits
        ),
        path=path,
    )


def _marks(way: Transition) -> Iterable[str]:
    if way.automatic or way.after is not None:
        yield "↻"
    if way.when:
        yield "?"
    if way.approval is not None:
        yield "✓"


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
