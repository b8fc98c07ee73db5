"""From a definition's JSON document to the typed model; the document has passed the schema.

What may still be wrong with it (references, rules' types) is for the checks; a rule, duration or
principal that cannot be read raises with its pointer.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from pipes.action_building import build_actions
from pipes.definition import (
    AnyOf,
    Approval,
    ApprovalStage,
    Automation,
    CalendarDefinition,
    CardNaming,
    Definition,
    EscalationStep,
    Form,
    FormEntry,
    FormField,
    Guard,
    HandoffRule,
    HolidayRegion,
    Need,
    NeedCount,
    NeedPercent,
    Outcome,
    Phase,
    Repeat,
    Sla,
    Start,
    TargetCase,
    Transition,
    Trigger,
    Weekday,
    WipLimit,
)
from pipes.document import Node
from pipes.durations import parse_duration, parse_mark, parse_offset
from pipes.fields import read_field
from pipes.fields.field import Field
from pipes.identifiers import (
    AutomationId,
    CalendarName,
    FieldId,
    JsonValue,
    PhaseId,
    PipeId,
    RoleName,
    StageId,
    TeamId,
    TransitionId,
)
from pipes.rules import Rule
from pipes.scenario_building import build_scenarios

type Document = Mapping[str, JsonValue]

# So many letters of a pipe's id begin the keys of its cards, where it does not say how they begin.
_KEY_LETTERS = 4


def definition_from_document(document: Document) -> Definition:
    """The typed model of a document that has passed the schema.

    Raises:
        BuildError: A rule, a duration or a principal in it cannot be read; all of them, each with
            its pointer.
    """
    root = Node(document, "")
    with root.gathering():
        return _definition(root)


def card_key(pipe: str, given: str | None) -> str:
    """How the keys of a pipe's cards begin: as is given, else with the letters of its id."""
    letters = "".join(letter for letter in pipe if letter.isalnum())
    return given or letters[:_KEY_LETTERS].upper()


def calendars_from_document(document: Document) -> Mapping[CalendarName, CalendarDefinition]:
    """The calendars of a document whose `calendars` have passed the schema.

    Raises:
        BuildError: A duration in them cannot be read.
    """
    root = Node(document, "")
    with root.gathering():
        return _calendars(root)


def _definition(root: Node) -> Definition:
    phases = root.each("phases", _phase)
    fields = {
        FieldId(name): read_field(FieldId(name), node) for name, node in root.entries("fields")
    }
    start = _start(root.at("start"))
    open_phases = tuple(phase.id for phase in phases if phase.final is None)
    return Definition(
        id=PipeId(root.text("id")),
        name=root.text("name"),
        description=root.optional_text("description"),
        card=_naming(root.at("card"), root.text("id"), fields, start.form),
        teams={TeamId(team): str(name) for team, name in root.mapping("teams").items()},
        calendars=_calendars(root),
        fields=fields,
        start=start,
        phases=phases,
        transitions=root.each("transitions", lambda node: _transition(node, open_phases)),
        automations=root.each("automations", _automation),
        sla=_sla(root.at("sla")) if root.mapping("sla") else None,
        scenarios=build_scenarios(root),
        roles=frozenset(
            _roles({name: part for name, part in root.value_mapping.items() if name != "scenarios"})
        ),
    )


def _naming(node: Node, pipe: str, fields: Mapping[FieldId, Field], form: Form) -> CardNaming:
    title = node.optional_text("title")
    return CardNaming(
        noun=node.optional_text("noun") or "Card",
        key=card_key(pipe, node.optional_text("key")),
        title=FieldId(title) if title else _first_line(fields, form),
        summary=tuple(FieldId(name) for name in node.texts("summary")),
    )


def _first_line(fields: Mapping[FieldId, Field], form: Form) -> FieldId | None:
    """The first short text that a form asks for, and that everybody sees."""
    for entry in form:
        field = fields.get(entry.field) if isinstance(entry, FormField) else None
        if field is not None and field.kind == "short_text" and not field.confidential:
            return field.id
    return None


def _calendars(root: Node) -> Mapping[CalendarName, CalendarDefinition]:
    return {CalendarName(name): _calendar(node) for name, node in root.entries("calendars")}


def _calendar(node: Node) -> CalendarDefinition:
    region = node.mapping("holidays")
    subdivision = region.get("subdivision")
    hours_per_day = node.optional_text("hours_per_day")
    return CalendarDefinition(
        timezone=node.text("timezone"),
        hours={
            cast("Weekday", day): tuple(map(str, _sequence(spans)))
            for day, spans in node.mapping("hours").items()
        },
        hours_per_day=(
            node.read("hours_per_day", parse_duration) if hours_per_day is not None else None
        ),
        holidays=(
            HolidayRegion(
                country=str(region["country"]),
                subdivision=str(subdivision) if subdivision is not None else None,
            )
            if region
            else None
        ),
        closed=node.texts("closed"),
        open={
            day: tuple(map(str, _sequence(spans))) for day, spans in node.mapping("open").items()
        },
    )


def _sequence(value: JsonValue) -> Sequence[JsonValue]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


# --- forms ----------------------------------------------------------------------------------------


def _start(node: Node) -> Start:
    return Start(
        phase=PhaseId(node.text("phase")),
        form=build_form(node),
        by=node.principals("by"),
        public=node.flag("public"),
    )


def build_form(node: Node) -> Form:
    """The entries of a phase's or the start's `form`, in order."""
    return node.each("form", _form_entry)


def _form_entry(node: Node) -> FormEntry:
    if isinstance(node.value, str):
        return FormField(field=FieldId(node.value))
    if "any_of" in node.value_mapping:
        return AnyOf(fields=tuple(FieldId(name) for name in node.texts("any_of")))
    return FormField(
        field=FieldId(node.text("field")),
        required=node.flag_or_rule("required"),
        readonly=node.flag_or_rule("readonly"),
        when=node.rule("when"),
        keep_hidden=node.flag("keep_hidden"),
    )


# --- phases ---------------------------------------------------------------------------------------


def _phase(node: Node) -> Phase:
    team = node.optional_text("team")
    limit = node.mapping("wip_limit")
    return Phase(
        id=PhaseId(node.text("id")),
        name=node.text("name"),
        team=TeamId(team) if team else None,
        description=node.optional_text("description"),
        color=node.optional_text("color"),
        form=build_form(node),
        sla=_sla(node.at("sla")) if node.mapping("sla") else None,
        handoff=_handoff(node.at("handoff")) if node.has("handoff") else None,
        wip_limit=(
            WipLimit(
                cards=int(cast("int", limit["cards"])),
                enforce=node.at("wip_limit").one_of("enforce", "block"),
            )
            if limit
            else None
        ),
        stale_after=node.duration("stale_after"),
        final=cast("Outcome | None", node.optional_text("final")),
    )


def _sla(node: Node) -> Sla:
    calendar, quiet = node.optional_text("calendar"), node.optional_text("quiet")
    return Sla(
        target=_targets(node),
        calendar=CalendarName(calendar) if calendar else None,
        warn=node.each("warn", lambda mark: mark.parsed(parse_mark)),
        paused_when=node.rule("paused_when"),
        escalate=node.each("escalate", _escalation),
        quiet=CalendarName(quiet) if quiet else None,
        reentry=node.one_of("reentry", "restart"),
    )


def _targets(node: Node) -> tuple[TargetCase, ...]:
    if isinstance(node.mapping_value("target"), str):
        return (TargetCase(target=node.read("target", parse_duration)),)
    return node.each(
        "target",
        lambda case: TargetCase(target=case.read("is", parse_duration), when=case.rule("if")),
    )


def _escalation(node: Node) -> EscalationStep:
    repeat = node.mapping("repeat")
    return EscalationStep(
        at=node.read("at", parse_offset),
        notify=node.principals("notify"),
        do=build_actions(node, "do"),
        repeat=(
            Repeat(
                every=node.at("repeat").read("every", parse_duration),
                times=int(cast("int", repeat["times"])),
            )
            if repeat
            else None
        ),
    )


def _handoff(node: Node) -> HandoffRule:
    return HandoffRule(
        assign=node.one_of("assign", "queue"),
        accept_within=node.duration("accept_within"),
        clock=node.one_of("clock", "arrival"),
        return_to_sender=node.flag("return_to_sender", otherwise=True),
        checklist=node.texts("checklist"),
    )


# --- transitions ----------------------------------------------------------------------------------


def _transition(node: Node, open_phases: tuple[PhaseId, ...]) -> Transition:
    source = node.mapping_value("from")
    sources = (source,) if isinstance(source, str) else tuple(map(str, _sequence(source)))
    target = PhaseId(node.text("to"))
    everywhere = tuple(phase for phase in open_phases if phase != target)
    return Transition(
        id=TransitionId(node.text("id")),
        sources=everywhere if sources == ("*",) else tuple(map(PhaseId, sources)),
        target=target,
        label=node.optional_text("label") or node.text("id"),
        by=node.principals("by"),
        when=node.each("when", _guard),
        comment=node.one_of("comment", "optional"),
        approval=_approval(node.at("approval")) if node.has("approval") else None,
        automatic=node.flag("automatic"),
        after=node.duration("after"),
    )


def _guard(node: Node) -> Guard:
    rule = node.rule("if")
    return Guard(rule=rule or Rule(True), otherwise=node.optional_text("else"))  # noqa: FBT003 -- the rule `true`


def _approval(node: Node) -> Approval:
    rejected = node.optional_text("on_reject") or "stay"
    return Approval(
        stages=node.each("stages", _stage),
        exclude=node.principals("exclude"),
        reject=node.one_of("reject", "any"),
        on_reject=None if rejected == "stay" else PhaseId(rejected),
        reset_on_edit=tuple(FieldId(name) for name in node.texts("reset_on_edit")),
    )


def _stage(node: Node) -> ApprovalStage:
    return ApprovalStage(
        id=StageId(node.text("id")),
        name=node.optional_text("name") or node.text("id"),
        by=node.principals("by"),
        need=_need(node.mapping_value("need")),
        deadline=node.duration("deadline"),
        on_deadline=node.one_of("on_deadline", "escalate"),
        escalate_to=node.principals("escalate_to"),
    )


def _need(value: JsonValue) -> Need:
    match value:
        case "all":
            return "all"
        case "majority":
            return "majority"
        case int():
            return NeedCount(count=value)
        case {"percent": int() | float() as percent}:
            return NeedPercent(percent=percent)
        case _:
            return NeedCount(count=1)


# --- automations ----------------------------------------------------------------------------------


def _automation(node: Node) -> Automation:
    phase, transition = node.optional_text("phase"), node.optional_text("transition")
    connection = node.optional_text("connection")
    return Automation(
        id=AutomationId(node.text("id")),
        on=Trigger(
            event=node.text("on"),
            phase=PhaseId(phase) if phase else None,
            transition=TransitionId(transition) if transition else None,
            fields=tuple(FieldId(name) for name in node.texts("fields")),
            connection=FieldId(connection) if connection else None,
            label=node.optional_text("label"),
            by=node.principals("by"),
            cron=node.optional_text("cron"),
            timezone=node.optional_text("timezone"),
        ),
        do=build_actions(node, "do"),
        condition=node.rule("if"),
    )


def _roles(value: JsonValue) -> list[RoleName]:
    """Every role that is named anywhere as a principal, except those of the pipe itself."""
    found: list[RoleName] = []

    def walk(part: JsonValue) -> None:
        if isinstance(part, str):
            if part.startswith("role:") and len(part) > len("role:"):
                found.append(RoleName(part.removeprefix("role:")))
        elif isinstance(part, Mapping):
            for inner in part.values():
                walk(inner)
        elif isinstance(part, Sequence):
            for inner in part:
                walk(inner)

    walk(value)
    return found
