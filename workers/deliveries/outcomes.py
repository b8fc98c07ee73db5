"""What came of an attempt, and what every kind of sender has in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from engine.store.deliveries import Delivery
from pipes.identifiers import FieldId, Instant, JsonValue
from workers.deliveries.outside import OutsideAnswer

_LONGEST_EXCERPT = 2_000
_LONGEST_WAIT = timedelta(days=1)
_BUSY = frozenset((429, 503))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """It is where it should be.

    Attributes:
        values: What of the answer is to be written to fields.
    """

    status: int | None = None
    excerpt: str = ""
    values: Mapping[FieldId, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It is not.

    Attributes:
        why: In words, for whoever looks after it.
        is_final: Whether another attempt would come to the same.
        is_gone: Whether the receiver wants nothing more, for good.
        not_before: How long the receiver wants to be left alone.
    """

    why: str
    status: int | None = None
    excerpt: str = ""
    is_final: bool = False
    is_gone: bool = False
    not_before: timedelta = timedelta(0)


type Outcome = Arrived | Failed


class Sender(ABC):
    """Sends deliveries of one kind."""

    @abstractmethod
    async def send(self, delivery: Delivery, at: Instant) -> Outcome:
        """Makes one attempt; what is expected to go wrong outside is an outcome."""


def excerpt(answer: OutsideAnswer) -> str:
    """The beginning of an answer as text that can be shown and logged."""
    text = answer.body[:_LONGEST_EXCERPT].decode("utf-8", errors="replace")
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "�" for letter in text)


def is_success(answer: OutsideAnswer) -> bool:
    """Whether a receiver has taken what was sent."""
    return 200 <= answer.status < 300


def wanted_pause(answer: OutsideAnswer) -> timedelta:
    """How long a receiver that is busy asks to be left alone."""
    seconds = answer.headers.get("retry-after", "")
    if answer.status not in _BUSY or not seconds.isascii() or not seconds.isdecimal():
        return timedelta(0)
    return min(timedelta(seconds=int(seconds[:9])), _LONGEST_WAIT)


def refusal(answer: OutsideAnswer) -> str:
    """Why an answer is no success, in words."""
    if 300 <= answer.status < 400:
        return f"It answered {answer.status}: redirects are not followed; give its own address."
    return f"It answered {answer.status}."
