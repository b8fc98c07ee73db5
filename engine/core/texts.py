"""Texts of a definition that say something of a card: `{{ card.key }}`, `{% if … %}`.

They are Jinja2, which is no matter for the core: it asks what they say.
"""

from engine.core.actors import Actor
from engine.core.card import Card
from engine.core.facts import Facts, TextOf, Wording, answer


def says_more(text: str) -> bool:
    """Whether the text is not simply what it says."""
    return any(sign in text for sign in ("{{", "{%", "{#"))


def question_text(text: str, card: Card, by: Actor) -> TextOf | None:
    """What has to be asked of a text with the card as it is; None where it is what it says."""
    return TextOf(text=text, version=card.version, by=by) if says_more(text) else None


def wording(text: str, card: Card, by: Actor, facts: Facts) -> Wording:
    """What a text says of the card.

    Raises:
        Unanswered: Nobody has told.
    """
    question = question_text(text, card, by)
    return Wording(text=text) if question is None else answer(facts.texts, question)
