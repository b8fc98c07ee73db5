"""Comments: written by people who work on a card or wait for it, also when it has ended."""

import re

from engine.core.commands import AddComment, ReceiveEmail
from engine.core.events import CommentAdded, EmailReceived
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import reasons_against_deed
from engine.core.story import Story
from pipes.identifiers import UserId

LONGEST_COMMENT = 20_000
_MENTION = re.compile(r"(?<![\w@/.])@([a-z0-9][a-z0-9._-]{0,59})", re.ASCII)


def mentions_in(text: str) -> tuple[UserId, ...]:
    """The people whom a text mentions with `@id`, each once, in order."""
    found = (match[1].rstrip(".-_") for match in _MENTION.finditer(text))
    return tuple(UserId(name) for name in dict.fromkeys(found))


def decide_comment(story: Story, wish: AddComment | ReceiveEmail) -> None:
    """Adds a comment that was typed here, or came by e-mail.

    That whoever sent an e-mail was written to is proven before. They may be nobody here, so that
    they mention nobody.
    """
    text = wish.text.strip()
    if isinstance(wish, AddComment):
        story.against(
            reasons_against_deed("comment", story.command.actor, story.facts.actor, story.card)
        )
    if not text:
        message = "A comment needs a text."
        story.against([Reason(code=ReasonCode.EMPTY_TEXT, message=message)])
    if len(text) > LONGEST_COMMENT:
        message = f"A comment has at most {LONGEST_COMMENT} characters; this has {len(text)}."
        story.against([Reason(code=ReasonCode.TOO_LONG, message=message)])
    if story.reasons:
        return
    if isinstance(wish, ReceiveEmail):
        story.happens(EmailReceived(sender=wish.sender, subject=wish.subject))
        story.happens(CommentAdded(text=text))
    else:
        story.happens(CommentAdded(text=text, mentions=mentions_in(text)))
