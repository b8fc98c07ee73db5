"""Automations in a scenario: what they do to the card itself, and to cards connected to it.

What they send outside is not played; who is written to, and who is told in the app, is noted.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from engine.core.actors import Actor
from engine.core.automatic import find_automation
from engine.core.automations import StepOnCard, goes_on_for_ever, steps
from engine.core.card import Card
from engine.core.commands import Cause, LinkCards, NoteFailure, RunActions, Values, Wish
from engine.core.effects import RunOrder
from engine.core.facts import Facts, Question
from engine.core.moving import questions_children
from engine.core.reasons import Reason, Rejection
from engine.core.seen import data_for_rules
from engine.core.template_values import template_values
from engine.core.values import worked_out
from engine.templates import TemplateFault, render, render_line
from pipes.actions import Action, CreateConnectedCard, SendEmail, UpdateConnected
from pipes.forms import CompiledPipe, RuleData
from pipes.identifiers import FieldId, JsonValue


class TooMuchHappens(Exception):
    """The card does something by itself for ever."""


class Stage(Protocol):
    """What automations need of the world in which they run."""

    pipe: CompiledPipe
    card: Card | None
    children: dict[FieldId, dict[str, Mapping[str, JsonValue]]]
    mailed: list[str]
    unnamed: set[str]

    def decides(
        self, who: str | Actor, wish: Wish, chain: tuple[Cause, ...] = ()
    ) -> tuple[Rejection | None, bool]:
        """A command is decided."""

    def facts(self, actor: Actor, asked: Iterable[Question]) -> Facts:
        """An answer to each question, at this moment."""


def run_automation(stage: Stage, order: RunOrder) -> None:
    """Runs an automation until a step of it is refused, which the card's history keeps.

    Raises:
        TooMuchHappens: The chain that led here is longer than any is let become.
    """
    automation = find_automation(stage.pipe, order.automation)
    if isinstance(automation, Reason):
        return
    endless = goes_on_for_ever(order.chain[:-1])
    if endless is not None:
        raise TooMuchHappens(endless)
    if automation.condition is not None and not automation.condition.holds(_seen(stage, order)):
        return
    for step in steps(automation.do):
        if isinstance(step, StepOnCard):
            wish = RunActions(automation=automation.id, first=step.first, end=step.end, by=order.by)
            reasons = _why_not(stage.decides(_actor(order), wish, order.chain)[0])
        else:
            reasons = _go_elsewhere(stage, order, automation.do[step.index])
        if reasons:
            _fail(stage, order, reasons)
            return


def _why_not(rejection: Rejection | None) -> tuple[str, ...]:
    return () if rejection is None else tuple(reason.message for reason in rejection.reasons)


def _go_elsewhere(stage: Stage, order: RunOrder, action: Action) -> tuple[str, ...]:
    """Does what leaves the card, as far as it is played; why it cannot be done."""
    match action:
        case CreateConnectedCard(fields=fields, connect=connection) if connection is not None:
            group = stage.children.setdefault(connection, {})
            key = f"{action.pipe}-{len(group) + 1}"
            group[key] = a_child(key, action.pipe, worked_out(fields, _seen(stage, order)))
            stage.unnamed.add(key)
            link = LinkCards(connection=connection, cards=(key,))
            return _why_not(stage.decides(_actor(order), link, order.chain)[0])
        case SendEmail():
            return _write(stage, order, action)
        case UpdateConnected(connection=connection, fields=fields):
            values = worked_out(fields, _seen(stage, order))
            group = stage.children.get(connection, {})
            for key, child in group.items():
                group[key] = {**child, "fields": _merged(child["fields"], values)}
            return ()
        case _:
            return ()


def _write(stage: Stage, order: RunOrder, action: SendEmail) -> tuple[str, ...]:
    """Notes who is written to, if the texts can be filled in."""
    if stage.card is None:
        return ()
    values = template_values(
        stage.pipe.definition,
        stage.card,
        hidden=frozenset(),
        address="",
        actor=order.by,
        today=stage.facts(order.by, ()).today,
    )
    try:
        for text in (action.subject, action.body, action.html or ""):
            render(text, values, "text")
        readers = [render_line(each, values, "data") for each in action.to]
    except TemplateFault as fault:
        return (str(fault),)
    stage.mailed += [each for each in readers if each]
    return () if any(readers) else ("Nobody who is to be written to has an address.",)


def a_child(key: str, pipe: str, values: Values | None = None) -> Mapping[str, JsonValue]:
    """A connected card of which nothing else is known yet."""
    fields = _merged({}, values or {})
    return {"id": key, "key": key, "pipe": pipe, "phase": "", "status": "open", "fields": fields}


def _merged(known: JsonValue, values: Values) -> Mapping[str, JsonValue]:
    before = known if isinstance(known, Mapping) else {}
    return {**before, **{str(name): value for name, value in values.items()}}


def _seen(stage: Stage, order: RunOrder) -> RuleData:
    card = stage.card
    if card is None:
        return {}
    facts = stage.facts(order.by, questions_children(stage.pipe, card))
    return data_for_rules(stage.pipe, card, facts, card.values)


def _actor(order: RunOrder) -> Actor:
    return Actor(kind="automation", id=order.automation)


def _fail(stage: Stage, order: RunOrder, reasons: tuple[str, ...]) -> None:
    wish = NoteFailure(
        action=f"run “{order.automation}”", reasons=reasons, automation=order.automation
    )
    stage.decides(_actor(order), wish, order.chain)
