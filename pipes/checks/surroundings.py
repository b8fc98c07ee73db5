"""What a definition names that is not its own: other pipes, people, and who fills its teams."""

from collections.abc import Iterator

from pipes.actions import CreateConnectedCard
from pipes.checks.places import actions, addresses
from pipes.definition import Approval, ApprovalStage, Definition, NeedCount
from pipes.fields.field import ConnectionOptions
from pipes.findings import Finding, FindingCode, report
from pipes.identifiers import FieldId, PipeId
from pipes.principals import Principal
from pipes.surroundings import Surroundings


def check_surroundings(definition: Definition, around: Surroundings) -> Iterator[Finding]:
    """What is missing where the definition is to be used."""
    for place, pipe in pipes_named(definition):
        if pipe != definition.id and pipe not in around.pipes:
            message = f"There is no pipe “{pipe}” yet."
            yield report(FindingCode.UNKNOWN_PIPE, place, message)
    taken_by = around.keys.get(definition.card.key, definition.id)
    if taken_by != definition.id:
        message = f"The keys of “{taken_by}” begin with {definition.card.key} already."
        yield report(FindingCode.CARD_KEY_TAKEN, "/card/key", message)
    if around.people is None:
        return
    for place, principal in addresses(definition):
        if principal.kind == "user" and principal.name not in around.people:
            message = f"Nobody here has the account “{principal.name}”."
            yield report(FindingCode.UNKNOWN_PERSON, place, message)
    for index, way in enumerate(definition.transitions):
        for number, stage in enumerate(way.approval.stages if way.approval else ()):
            if way.approval is not None:
                place = f"/transitions/{index}/approval/stages/{number}/by"
                yield from _stage(definition, way.approval, stage, place, around)


def pipes_named(definition: Definition) -> Iterator[tuple[str, PipeId]]:
    """The pipes that a definition connects to or creates cards in, with where it names them."""
    for name, field in definition.fields.items():
        if isinstance(field.options, ConnectionOptions):
            yield f"/fields/{name}/pipe", field.options.pipe
    for place, action in actions(definition):
        if isinstance(action, CreateConnectedCard):
            yield f"{place}/create_card/pipe", action.pipe


def _stage(
    definition: Definition,
    approval: Approval,
    stage: ApprovalStage,
    place: str,
    around: Surroundings,
) -> Iterator[Finding]:
    deciding = [each for each in stage.by if each not in approval.exclude]
    most = _most_people(definition, deciding, around)
    needed = stage.need.count if isinstance(stage.need, NeedCount) else 1
    if deciding and most is not None and most < needed:
        people = {0: "nobody is", 1: "one person is"}.get(most, f"{most} people are")
        message = f"“{stage.name}” needs {needed}, and {people} there to decide at the moment."
        yield report(FindingCode.TOO_FEW_PEOPLE, place, message)


def _most_people(
    definition: Definition, principals: list[Principal], around: Surroundings
) -> int | None:
    """How many people the principals are now, at most; None if there is no telling."""
    people: set[str] = set()
    others = 0
    for principal in dict.fromkeys(principals):
        match principal.kind:
            case "user":
                people.add(principal.name)
            case "creator" | "requester":
                others += 1
            case "team" | "lead" | "role" if str(principal) in around.members:
                people |= around.members[str(principal)]
            case "field" if _is_one_person(definition, principal):
                others += 1
            case _:
                return None
    return len(people) + others


def _is_one_person(definition: Definition, principal: Principal) -> bool:
    field = definition.fields.get(FieldId(principal.name))
    return field is not None and field.kind == "user"
