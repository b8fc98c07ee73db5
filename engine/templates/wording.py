"""What texts of actions on a card say: everybody who sees the card may read them."""

from collections.abc import Iterable, Mapping
from datetime import date

from engine.core.card import Card
from engine.core.facts import Answered, Question, TextOf, Wording
from engine.core.template_values import template_values
from engine.templates.rendering import TemplateFault, render
from pipes.definition import Definition


def worded(
    definition: Definition,
    card: Card,
    asked: Iterable[Question],
    *,
    address: str,
    names: Mapping[str, str],
    today: date,
) -> tuple[Answered[TextOf, Wording], ...]:
    """What those of the questions ask that are about texts.

    Args:
        definition: That of the card.
        card: Of which they tell; what is confidential on it leaves a gap.
        asked: Of which the others are left to others.
        address: Where people reach the pages.
        names: What people on the card are called, by id.
        today: The date where the pipe is at home.
    """
    texts = [question for question in asked if isinstance(question, TextOf)]
    if not texts:
        return ()
    hidden = frozenset(name for name, field in definition.fields.items() if field.confidential)

    def says(question: TextOf) -> Wording:
        values = template_values(
            definition,
            card,
            hidden=hidden,
            address=address,
            names=names,
            actor=question.by,
            today=today,
        )
        try:
            return Wording(text=render(question.text, values, "text"))
        except TemplateFault as fault:
            return Wording(text="", fault=str(fault))

    return tuple(Answered(question=question, answer=says(question)) for question in texts)
