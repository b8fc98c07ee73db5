"""By which ways somebody is told: what is usual, what they chose instead, and when mails wait."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, get_args

from engine.core.notices import NoticeKind
from pipes.identifiers import Instant

type Channel = Literal["app", "mail"]
# What somebody chose, where it is not what is usual.
type Choices = Mapping[tuple[NoticeKind, Channel], bool]

KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind.__value__)
CHANNELS: tuple[Channel, ...] = get_args(Channel.__value__)

KINDS_IN_WORDS: Mapping[NoticeKind, str] = {
    "approval": "Something waits for my approval",
    "handoff": "A card waits to be accepted, or came back",
    "assigned": "A card is given to me",
    "mentioned": "I am mentioned",
    "request": "What I asked for was decided",
    "clock": "A clock runs out",
    "told": "An automation tells me something",
    "failed": "Something that runs by itself fails",
    "commented": "Somebody comments on a card of mine",
}
# The same in a word, beside a notice.
SHORT_WORDS: Mapping[NoticeKind, str] = {
    "approval": "Approval",
    "handoff": "Handoff",
    "assigned": "Assigned",
    "mentioned": "Mention",
    "request": "Request",
    "clock": "Clock",
    "told": "Automation",
    "failed": "Failure",
    "commented": "Comment",
}
_NOT_MAILED: frozenset[NoticeKind] = frozenset(("commented",))

# So many mails go out at once; what comes within this time after the first waits and comes in one.
FEW = 3
WITHIN = timedelta(minutes=10)


def wants(choices: Choices, kind: NoticeKind, channel: Channel) -> bool:
    """Whether somebody wants to be told of this kind by this way."""
    return choices.get((kind, channel), is_usual(kind, channel))


def is_usual(kind: NoticeKind, channel: Channel) -> bool:
    """Whether who has chosen nothing is told of this kind by this way."""
    return channel == "app" or kind not in _NOT_MAILED


def still_counted(sent: tuple[Instant, ...], now: Instant) -> tuple[Instant, ...]:
    """The mails that went out lately, of those at these times."""
    return tuple(each for each in sent if each > now - WITHIN)


def next_mail_at(sent: tuple[Instant, ...], now: Instant) -> Instant:
    """When the next mail may go out, given the times of those before."""
    recent = still_counted(sent, now)
    return now if len(recent) < FEW else recent[-FEW] + WITHIN
