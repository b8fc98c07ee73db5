"""Playing a scenario step by step, until it ends or a step does not come out as told."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.core.automatic import find_automation
from engine.core.reasons import Reason, Rejection
from engine.reckoning import Calendars
from engine.scenarios.acts import wish_of
from engine.scenarios.automatic import TooMuchHappens
from engine.scenarios.cast import cast_of
from engine.scenarios.expectations import mismatches
from engine.scenarios.world import World
from pipes.calendars import CalendarError
from pipes.forms import CompiledPipe, connections
from pipes.identifiers import AutomationId
from pipes.scenarios import Act, Expect, Scenario, SetChild, Step, Wait, WaitFor


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A step of a scenario that does not come out as told.

    Attributes:
        place: Where it stands in the scenario, as a JSON pointer.
        message: What was expected and what was found.
    """

    place: str
    message: str


def play_all(pipe: CompiledPipe, calendars: Calendars) -> Iterator[tuple[int, Failure]]:
    """Plays every scenario of a definition; the failures, each with its scenario's place."""
    for index, scenario in enumerate(pipe.definition.scenarios):
        for failure in play(pipe, calendars, scenario):
            yield index, failure


def play(pipe: CompiledPipe, calendars: Calendars, scenario: Scenario) -> tuple[Failure, ...]:
    """Plays one scenario. What comes after a step that fails is not played."""
    cast = cast_of(pipe.definition, scenario)
    world = World(pipe=pipe, calendars=calendars, cast=cast, now=scenario.at)
    for index, step in enumerate(scenario.steps):
        place = f"/steps/{index}"
        try:
            failures = tuple(_take(world, step, place))
        except (TooMuchHappens, CalendarError) as problem:
            failures = (Failure(place=place, message=str(problem)),)
        except OverflowError:
            failures = (Failure(place=place, message="Time has run past the year 9999."),)
        if failures:
            return failures
    return ()


def _take(world: World, step: Step, place: str) -> Iterator[Failure]:
    match step:
        case Wait(calendar=name) if name is not None and name not in world.calendars:
            yield Failure(place=f"{place}/calendar", message=f"There is no calendar “{name}”.")
        case Wait():
            world.waits(step)
        case WaitFor(automation=name):
            yield from _wait_for(world, name, place)
        case SetChild(connection=name) if name not in connections(world.pipe.definition):
            message = f"“{name}” is no field that connects cards."
            yield Failure(place=f"{place}/set_child/connection", message=message)
        case SetChild():
            world.sets_child(step)
        case Expect():
            yield from _expect(world, step, place)
        case Act():
            yield from _act(world, step, place)


def _wait_for(world: World, name: AutomationId, place: str) -> Iterator[Failure]:
    automation = find_automation(world.pipe, name)
    if isinstance(automation, Reason):
        yield Failure(place=f"{place}/wait_for", message=automation.message)
    elif automation.on.event != "schedule":
        message = f"The automation “{name}” has no schedule that could come."
        yield Failure(place=f"{place}/wait_for", message=message)
    else:
        world.waits_for(automation)


def _expect(world: World, step: Expect, place: str) -> Iterator[Failure]:
    if world.card is None:
        yield Failure(place=place, message="There is no card yet: begin with “create”.")
        return
    for name, said in mismatches(step, world, world.card):
        yield Failure(
            place=f"{place}/expect/{name}", message=f"At {_moment(world)}, expected {name} {said}."
        )
    world.told.clear()
    world.mailed.clear()


def _act(world: World, step: Act, place: str) -> Iterator[Failure]:
    if (world.card is None) != (step.deed == "create"):
        said = "There is a card already." if world.card else "There is no card yet."
        yield Failure(place=place, message=said)
        return
    rejection = world.tries(step.who, wish_of(step, world))
    wanted = step.expect_rejected
    if rejection is None and wanted is not None:
        codes = ", ".join(wanted) or "some reason"
        message = f"At {_moment(world)}, expected “{step.deed}” to be turned away for {codes};"
        yield Failure(place=place, message=f"{message} it was done.")
    elif rejection is not None:
        yield from _turned_away(world, step, rejection, place)


def _turned_away(world: World, step: Act, rejection: Rejection, place: str) -> Iterator[Failure]:
    found = [str(reason.code) for reason in rejection.reasons]
    said = " ".join(reason.message for reason in rejection.reasons)
    if step.expect_rejected is None:
        message = f"At {_moment(world)}, expected “{step.deed}” as {step.who} to be done; it was"
        yield Failure(
            place=place,
            message=f"{message} turned away ({', '.join(dict.fromkeys(found))}): {said}",
        )
        return
    missing = [code for code in step.expect_rejected if code not in found]
    if missing:
        message = f"expected it to be turned away for {', '.join(missing)}; it was for"
        yield Failure(
            place=f"{place}/expect_rejected",
            message=f"At {_moment(world)}, {message} {', '.join(dict.fromkeys(found))}: {said}",
        )


def _moment(world: World) -> str:
    return world.now.isoformat(sep=" ", timespec="minutes").replace("+00:00", " UTC")
