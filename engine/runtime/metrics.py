"""What is counted and timed, for Prometheus; every metric of the house is in this table.

`docs/production.md` lists them, and a test holds the list to this module.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Literal

from prometheus_client import Counter, Histogram

from engine.core.clock_events import ClockStarted, SlaBreached, SlaEscalated, SlaWarned
from engine.core.events import Event
from engine.core.handoff_events import HandoffOverdue
from pipes.identifiers import Instant

_QUICK = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_LATENESS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0, 600.0, 3600.0)

COMMANDS = Counter(
    "phaseline_commands_total", "Commands sent to cards, by kind and outcome.", ("kind", "outcome")
)
COMMAND_SECONDS = Histogram(
    "phaseline_command_seconds",
    "From a command's arrival at the gateway to its answer.",
    ("kind",),
    buckets=_QUICK,
)
EVENTS = Counter("phaseline_events_recorded_total", "Events recorded, by type.", ("type",))
PROJECTION_LAG = Histogram(
    "phaseline_projection_lag_seconds",
    "From an event to the moment at which everybody's reads show it.",
    buckets=_QUICK,
)
CLOCKS_ARMED = Counter("phaseline_clocks_armed_total", "Clocks started, by kind.", ("clock",))
CLOCK_MOMENTS = Counter(
    "phaseline_clock_moments_total",
    "What clocks did: warned, breached, escalated, reminded.",
    ("moment",),
)
CLOCK_LATENESS = Histogram(
    "phaseline_clock_lateness_seconds",
    "From the instant at which a clock's moment was due to the event.",
    buckets=_LATENESS,
)
DELIVERY_ATTEMPTS = Counter(
    "phaseline_delivery_attempts_total",
    "Attempts to deliver webhooks, requests and mails, by kind and what comes next.",
    ("kind", "outcome"),
)
DELIVERY_SECONDS = Histogram(
    "phaseline_delivery_seconds",
    "How long receivers took for an attempt, by kind.",
    ("kind",),
    buckets=(*_QUICK, 30.0),
)


@dataclass(slots=True)
class Measured:
    """A command that is being timed; whoever times it says what came of it."""

    outcome: str = "failed"


@contextmanager
def command_measured(kind: str) -> Iterator[Measured]:
    """Times a command and counts it by the outcome that it is given within, or by the exception."""
    began, measured = perf_counter(), Measured()
    try:
        yield measured
    except Exception as error:
        measured.outcome = type(error).__name__
        raise
    finally:
        COMMANDS.labels(kind, measured.outcome).inc()
        COMMAND_SECONDS.labels(kind).observe(perf_counter() - began)


def count_recorded(events: Iterable[Event], *, now: Instant) -> None:
    """Counts events that have just been recorded."""
    for event in events:
        EVENTS.labels(event.body.kind).inc()
        PROJECTION_LAG.observe(max(0.0, (now - event.at).total_seconds()))
        _count_clock(event)


def count_attempt(
    kind: str, outcome: Literal["sent", "again", "held", "failed"], *, milliseconds: int
) -> None:
    """Counts an attempt of a delivery: it arrived, comes again, waits for an admin, or is lost."""
    DELIVERY_ATTEMPTS.labels(kind, outcome).inc()
    DELIVERY_SECONDS.labels(kind).observe(milliseconds / 1000)


def _count_clock(event: Event) -> None:
    match event.body:
        case ClockStarted(clock=clock):
            CLOCKS_ARMED.labels(clock.partition(":")[0]).inc()
        case SlaWarned(due=due):
            _count_moment("warned", event.at - due)
        case SlaBreached(deadline=deadline):
            _count_moment("breached", event.at - deadline)
        case SlaEscalated(due=due):
            _count_moment("escalated", event.at - due)
        case HandoffOverdue(due=due):
            _count_moment("reminded", event.at - due)
        case _:
            return


def _count_moment(moment: str, late: timedelta) -> None:
    CLOCK_MOMENTS.labels(moment).inc()
    CLOCK_LATENESS.observe(max(0.0, late.total_seconds()))
