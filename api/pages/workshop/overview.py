"""The flow of a pipe in words: for whoever would rather read than look at a drawing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.core.action_words import cron_beside_words, occasion, said
from engine.core.rights import in_words as people_in_words
from pipes.definition import Approval, Definition, Outcome, Phase, Transition
from pipes.durations import in_words as duration_in_words
from pipes.identifiers import PipeId
from pipes.rules import in_words as rule_in_words
from pipes.rules.types import Record
from pipes.scope import scope_of


@dataclass(frozen=True, slots=True, kw_only=True)
class WayTold:
    """A way out of a phase; `told` are its conditions, one sentence each."""

    label: str
    target: str
    pointer: str
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseTold:
    """A phase with the ways that lead out of it."""

    name: str
    pointer: str
    final: Outcome | None
    told: tuple[str, ...]
    ways: tuple[WayTold, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationTold:
    """What happens by itself: when, on which condition, and what, each in words."""

    occasion: str
    cron: str | None
    condition: str | None
    does: str
    pointer: str


def tell_automations(
    definition: Definition, others: Mapping[PipeId, Definition]
) -> tuple[AutomationTold, ...]:
    """The automations in their order; `others` are the pipes that they name."""
    scope = scope_of(definition)
    return tuple(
        AutomationTold(
            occasion=occasion(definition, automation.on),
            cron=cron_beside_words(automation.on),
            condition=(
                None
                if automation.condition is None
                else rule_in_words(automation.condition.tree, scope)
            ),
            does=", ".join(said(definition, action, others) for action in automation.do),
            pointer=f"/automations/{index}",
        )
        for index, automation in enumerate(definition.automations)
    )


def tell_flow(definition: Definition) -> tuple[PhaseTold, ...]:
    """The phases in their order."""
    scope = scope_of(definition)
    return tuple(
        PhaseTold(
            name=phase.name,
            pointer=f"/phases/{index}",
            final=phase.final,
            told=tuple(_phase(definition, phase)),
            ways=tuple(
                WayTold(
                    label=way.label,
                    target=_name_of(definition, way),
                    pointer=f"/transitions/{place}",
                    told=tuple(_way(definition, scope, way)),
                )
                for place, way in enumerate(definition.transitions)
                if phase.id in way.sources
            ),
        )
        for index, phase in enumerate(definition.phases)
    )


def _name_of(definition: Definition, way: Transition) -> str:
    target = definition.phases_by_id.get(way.target)
    return target.name if target is not None else way.target


def _phase(definition: Definition, phase: Phase) -> Iterable[str]:
    if phase.id == definition.start.phase:
        yield "Cards begin here."
    if phase.team is not None:
        yield f"Team {definition.teams.get(phase.team, phase.team)}."
    if phase.sla is not None and phase.sla.target:
        targets = " or ".join(duration_in_words(case.target) for case in phase.sla.target)
        yield f"Target {targets}."
    if phase.handoff is not None:
        yield "The card has to be accepted."
    if phase.wip_limit is not None:
        yield f"At most {phase.wip_limit.cards} cards."


def _way(definition: Definition, scope: Record, way: Transition) -> Iterable[str]:
    if way.automatic:
        yield "Happens by itself as soon as everything holds."
    if way.after is not None:
        yield f"Happens by itself after {duration_in_words(way.after)}."
    if way.by:
        yield f"For {people_in_words(definition, way.by)}."
    for guard in way.when:
        yield f"Only if {rule_in_words(guard.rule.tree, scope)}."
    if way.approval is not None:
        yield f"Waits for approval: {_approval(way.approval)}."
    if way.comment == "required":
        yield "Asks for a comment."


def _approval(approval: Approval) -> str:
    return ", then ".join(stage.name for stage in approval.stages)
