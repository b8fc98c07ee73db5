"""The addresses in mails about cards: a message's id, the card's thread, and where replies go.

A reply's address names the card and proves that whoever answers was written to about it: the
proof is for that card and that reader's address.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr

from engine.runtime.sealing import Sealer
from engine.runtime.settings import Settings

_REPLY = re.compile(
    r"(?P<box>[^+@\s]+)\+(?P<key>[A-Za-z0-9_-]+)\.(?P<mark>[0-9a-f]+)@(?P<host>\S+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyAddress:
    """An address to which somebody replied."""

    card_key: str
    mark: str


class MailAddresses:
    """The addresses of this installation; replies come back only where a mailbox is named."""

    def __init__(self, settings: Settings, sealer: Callable[[], Sealer]) -> None:
        self._reply_to = settings.reply_address
        self._host = parseaddr(settings.mail_from)[1].rpartition("@")[2] or "localhost"
        self._sealer = sealer

    def message_id(self, delivery: str) -> str:
        """What a mail is known by, without angle brackets."""
        return f"{delivery}@{self._host}"

    def headers(self, card: str, key: str, reader: str) -> Mapping[str, str]:
        """What keeps the mails about a card together, and says where replies go."""
        thread = f"<card.{card}@{self._host}>"
        headers = {"References": thread, "In-Reply-To": thread}
        if self._reply_to is None:
            return headers
        box, _, host = self._reply_to.rpartition("@")
        mark = self._sealer().mark(_meaning(key, reader))
        return {**headers, "Reply-To": f"{box}+{key.lower()}.{mark}@{host}"}

    def reply(self, recipient: str) -> ReplyAddress | None:
        """What an address says that a mail came to; None if it is none of ours."""
        found = _REPLY.fullmatch(recipient.strip().lower())
        if found is None or f"{found['box']}@{found['host']}" != (self._reply_to or "").lower():
            return None
        return ReplyAddress(card_key=found["key"].upper(), mark=found["mark"])

    def is_from(self, reply: ReplyAddress, sender: str) -> bool:
        """Whether whoever replied is the reader who was written to about that card."""
        return self._sealer().is_marked(_meaning(reply.card_key, sender), reply.mark)


def _meaning(key: str, reader: str) -> str:
    return f"reply {key.upper()} {reader.strip().lower()}"
