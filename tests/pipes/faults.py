"""For every finding code a definition that has exactly this fault, and one that nearly has it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipes.findings import FindingCode
from pipes.surroundings import Surroundings
from tests.builders import a_document, a_field, a_phase, a_way

type Document = dict[str, Any]
type Change = Callable[[Document], object]

EFFORT = {"var": "fields.effort"}
HERE = Surroundings(
    pipes=frozenset(["launches"]),
    people=frozenset(["ana", "bo"]),
    members={"team:design": frozenset(["ana", "bo"]), "team:product": frozenset()},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault: what makes it, where it is found, and what comes near to it without being one.

    Attributes:
        nearly: The change that comes near; for faults of the text the text itself.
        around: Where the definition is used, for faults that it has only there.
    """

    code: FindingCode
    pointer: str
    broken: Change | bytes
    nearly: Change | bytes
    around: Surroundings | None = None

    @property
    def broken_text(self) -> bytes:
        return _text(self.broken)

    @property
    def nearly_text(self) -> bytes:
        return _text(self.nearly)


def _text(given: Change | bytes) -> bytes:
    if isinstance(given, bytes):
        return given
    document = a_document()
    given(document)
    return json.dumps(document).encode()


def sound(document: Document | None = None) -> bytes:
    return json.dumps(document or a_document()).encode()


def with_text(written: str) -> bytes:
    """The sound document with something written into it as text, at its beginning."""
    return (f"{{{written}, " + sound().decode()[1:]).encode()


def when(rule: Any, transition: int = 0) -> Change:
    return lambda d: d["transitions"][transition].update(when=[{"if": rule, "else": "No."}])


def approval(*stages: Any, transition: int = 0, **parts: Any) -> Change:
    return lambda d: d["transitions"][transition].update(approval={"stages": list(stages), **parts})


def stage(**parts: Any) -> Document:
    return {"id": "peer", "by": ["team:design"], **parts}


def sla(**parts: Any) -> Change:
    return lambda d: d["phases"][0].update(sla={"target": "3d", **parts})


def office(**parts: Any) -> Document:
    return {"timezone": "Europe/Berlin", "hours": {"mon": ["09:00-17:00"]}, **parts}


def calendar(**parts: Any) -> Change:
    return lambda d: d.update(calendars={"office": office(**parts)})


def field(name: str, kind: str, **parts: Any) -> Change:
    """A field that is new, and listed in the form of the first phase."""
    return lambda d: (
        d["fields"].update({name: a_field(kind, name.capitalize(), **parts)}),
        d["phases"][0]["form"].append(name),
    )


def on(event: str, *actions: Any, **parts: Any) -> Document:
    return {"id": "it", "on": event, "do": list(actions), **parts}


def automations(*given: Document) -> Change:
    return lambda d: d.update(
        automations=[{**each, "id": f"a{number}"} for number, each in enumerate(given)]
    )


def both(*changes: Change) -> Change:
    return lambda d: [change(d) for change in changes]


def scenario(*steps: Any) -> Change:
    return lambda d: d.update(
        scenarios=[{"name": "Story", "at": "2026-03-02T10:00:00Z", "steps": list(steps)}]
    )


CREATED = {"create": {"fields": {"name": "A"}}}
A_LIST = {"type": "select", "label": "Tier", "options": [{"id": "gold"}, {"id": "tin"}]}


def deep(levels: int) -> Any:
    rule: Any = {"===": [EFFORT, 1]}
    for _ in range(levels):
        rule = {"!": [rule]}
    return rule


def _fault(
    code: str,
    pointer: str,
    broken: Change | bytes,
    nearly: Change | bytes,
    around: Surroundings | None = None,
) -> Fault:
    return Fault(
        code=FindingCode[code], pointer=pointer, broken=broken, nearly=nearly, around=around
    )


OF_THE_TEXT = [
    _fault("TOO_LARGE", "", b" " * 1_000_001, sound() + b" " * 900_000),
    _fault("NOT_UTF8", "", with_text('"description": "\xe9"').decode().encode("latin-1"),
           with_text('"description": "\xe9"')),
    _fault("BYTE_ORDER_MARK", "", b"\xef\xbb\xbf" + sound(), with_text('"description": "\ufeff"')),
    _fault("NOT_JSON", "", sound()[:-1], sound() + b"\n\n"),
    _fault("TOO_DEEP", "/0" * 100, b"[" * 101 + b"]" * 101, with_text('"description": "[[[[["')),
    _fault("DUPLICATE_NAME", "/name", with_text('"name": "A"'), with_text('"description": "A"')),
    _fault("BAD_NUMBER", "/fields/effort/maximum",
           sound().replace(b'"minimum": 0', b'"maximum": 1e999'),
           sound().replace(b'"minimum": 0', b'"maximum": 1e99')),
    _fault("BAD_TEXT", "/description", with_text(r'"description": "\u0000"'),
           with_text(r'"description": "\u0009"')),
]  # fmt: skip

OF_THE_GRAMMAR = [
    _fault(
        "UNKNOWN_SCHEMA",
        "/$schema",
        lambda d: d.update({"$schema": "https://json-schema.org/pipe.json"}),
        lambda d: d.update({"$schema": "https://pipes.example/schemas/pipe.json"}),
    ),
    _fault(
        "UNKNOWN_PROPERTY",
        "/phases/0/requird",
        lambda d: d["phases"][0].update(requird=True),
        lambda d: d["phases"][0].update(description="requird"),
    ),
    _fault(
        "MISSING_PROPERTY",
        "/phases/0",
        lambda d: d["phases"][0].pop("name"),
        lambda d: d["phases"][0].pop("form"),
    ),
    _fault(
        "WRONG_TYPE",
        "/phases/0/form",
        lambda d: d["phases"][0].update(form="name"),
        lambda d: d["phases"][0].update(form=["effort"]),
    ),
    _fault(
        "UNKNOWN_VALUE",
        "/phases/2/final",
        lambda d: d["phases"][2].update(final="finished"),
        lambda d: d["phases"][3].update(final="done"),
    ),
    _fault(
        "BAD_FORMAT",
        "/card/key",
        lambda d: d["card"].update(key="feat"),
        lambda d: d["card"].update(key="FEAT2"),
    ),
    _fault(
        "OUT_OF_RANGE",
        "/phases/0/wip_limit/cards",
        lambda d: d["phases"][0].update(wip_limit={"cards": 0}),
        lambda d: d["phases"][0].update(wip_limit={"cards": 1}),
    ),
    _fault(
        "REPEATED_ITEM",
        "/transitions/3/from",
        lambda d: d["transitions"][3].update({"from": ["concept", "concept"]}),
        lambda d: d["transitions"][3].update({"from": ["concept", "design"]}),
    ),
    _fault(
        "BAD_DURATION",
        "/phases/0/stale_after",
        lambda d: d["phases"][0].update(stale_after="40000d"),
        lambda d: d["phases"][0].update(stale_after="4000d"),
    ),
    _fault(
        "BAD_INSTANT",
        "/scenarios/0/at",
        lambda d: d.update(
            scenarios=[{"name": "Story", "at": "2026-02-30T10:00:00Z", "steps": [CREATED]}]
        ),
        lambda d: d.update(
            scenarios=[{"name": "Story", "at": "2026-02-28T10:00:00Z", "steps": [CREATED]}]
        ),
    ),
]

REFERENCES = [
    _fault(
        "DUPLICATE_ID",
        "/transitions/4/id",
        lambda d: d["transitions"].append(a_way("finish", "concept", "done")),
        lambda d: d["transitions"].append(a_way("finish2", "concept", "done")),
    ),
    _fault(
        "RESERVED_ID",
        "/phases/4/id",
        both(
            lambda d: d["phases"].append(a_phase("start")),
            lambda d: d["transitions"].append(a_way("to-it", "concept", "start")),
        ),
        both(
            lambda d: d["phases"].append(a_phase("started")),
            lambda d: d["transitions"].append(a_way("to-it", "concept", "started")),
        ),
    ),
    _fault(
        "DUPLICATE_FORM_FIELD",
        "/start/form/3",
        lambda d: d["start"]["form"].append("name"),
        lambda d: d["start"]["form"].append("effort"),
    ),
    _fault(
        "UNKNOWN_FIELD",
        "/start/form/3",
        lambda d: d["start"]["form"].append("nmae"),
        lambda d: d["start"]["form"].append("effort"),
    ),
    _fault(
        "UNKNOWN_PHASE",
        "/transitions/4/to",
        lambda d: d["transitions"].append(a_way("more", "concept", "desing")),
        lambda d: d["transitions"].append(a_way("more", "concept", "design")),
    ),
    _fault(
        "UNKNOWN_TRANSITION",
        "/automations/0/do/0/move",
        automations(on("comment.added", {"move": "finnish"})),
        automations(on("comment.added", {"move": "finish"})),
    ),
    _fault(
        "UNKNOWN_TEAM",
        "/automations/0/do/0/assign/round_robin",
        automations(on("card.created", {"assign": {"round_robin": "prodct"}})),
        automations(on("card.created", {"assign": {"round_robin": "product"}})),
    ),
    _fault(
        "UNKNOWN_PIPE",
        "/fields/launch/pipe",
        field("launch", "connection", pipe="lunches"),
        field("launch", "connection", pipe="launches"),
        HERE,
    ),
    _fault(
        "UNKNOWN_PERSON",
        "/transitions/0/by/0",
        lambda d: d["transitions"][0].update(by=["user:anna"]),
        lambda d: d["transitions"][0].update(by=["user:ana"]),
        HERE,
    ),
    _fault(
        "UNKNOWN_CALENDAR",
        "/phases/0/sla/calendar",
        both(calendar(), sla(calendar="ofice")),
        both(calendar(), sla(calendar="office")),
    ),
    _fault(
        "WRONG_FIELD_TYPE",
        "/automations/0/connection",
        automations(on("children.done", {"move": "finish"}, connection="effort")),
        both(
            field("parts", "connection", pipe="features"),
            automations(on("children.done", {"move": "finish"}, connection="parts")),
        ),
    ),
    _fault(
        "UNUSED_FIELD",
        "/fields/spare",
        lambda d: d["fields"].update(spare=a_field("short_text", "Spare")),
        both(
            lambda d: d["fields"].update(spare=a_field("short_text", "Spare")),
            automations(on("card.created", {"set": {"spare": "x"}})),
        ),
    ),
    _fault(
        "CONFIDENTIAL_TITLE",
        "/card/title",
        lambda d: d["fields"]["name"].update(confidential=["team:design"]),
        lambda d: d["fields"]["problem"].update(confidential=["team:design"]),
    ),
]

GRAPH = [
    _fault(
        "NO_DONE_PHASE",
        "/phases",
        lambda d: d["phases"][2].update(final="cancelled"),
        lambda d: d["phases"][3].update(final="done"),
    ),
    _fault(
        "FINAL_START",
        "/start/phase",
        lambda d: d.update(
            start={"phase": "done", "form": ["name"]},
            fields={"name": d["fields"]["name"]},
            phases=[a_phase("done", final="done")],
            transitions=[],
        ),
        lambda d: d["start"].update(phase="design"),
    ),
    _fault(
        "LEAVES_FINAL_PHASE",
        "/transitions/4/from",
        lambda d: d["transitions"].append(a_way("again", "done", "concept")),
        lambda d: d["transitions"].append(a_way("again", "design", "concept")),
    ),
    _fault(
        "UNREACHABLE_PHASE",
        "/phases/4",
        lambda d: d["phases"].append(a_phase("attic")),
        both(
            lambda d: d["phases"].append(a_phase("attic")),
            lambda d: d["transitions"].append(a_way("store", "concept", "attic")),
        ),
    ),
    _fault(
        "NO_WAY_OUT",
        "/phases/4",
        both(
            lambda d: d["phases"].append(a_phase("limbo")),
            lambda d: d["transitions"].append(a_way("lose", "concept", "limbo")),
            lambda d: d["transitions"][3].update({"from": ["concept", "design"]}),
        ),
        both(
            lambda d: d["phases"].append(a_phase("limbo")),
            lambda d: d["transitions"].append(a_way("lose", "concept", "limbo")),
        ),
    ),
    _fault(
        "AUTOMATIC_CYCLE",
        "/transitions/4/automatic",
        lambda d: d["transitions"].append(a_way("round", "design", "design", automatic=True)),
        both(
            when({">=": [EFFORT, 3]}),
            when({"<": [EFFORT, 3]}, 2),
            lambda d: d["transitions"][0].update(automatic=True),
            lambda d: d["transitions"][2].update(automatic=True),
        ),
    ),
    _fault(
        "BYPASSED_GATE",
        "/transitions/0/approval",
        both(
            approval(stage()),
            lambda d: d["transitions"].append(a_way("quick", "concept", "design")),
        ),
        both(
            approval(stage()),
            lambda d: d["transitions"].append(
                a_way("quick", "concept", "design", by=["role:admin"])
            ),
        ),
    ),
    _fault(
        "PUBLIC_MOVE",
        "/transitions/0/by/0",
        lambda d: d["transitions"][0].update(by=["anyone"]),
        lambda d: d["start"].update(by=["anyone"], public=True),
    ),
]

FIELDS = [
    _fault(
        "BAD_PATTERN",
        "/fields/name/pattern",
        lambda d: d["fields"]["name"].update(pattern=r"(a+)+\1$"),
        lambda d: d["fields"]["name"].update(pattern=r"^(a+)+$"),
    ),
    _fault(
        "EMPTY_RANGE",
        "/fields/effort/maximum",
        lambda d: d["fields"]["effort"].update(maximum=-1),
        lambda d: d["fields"]["effort"].update(maximum=0),
    ),
    _fault(
        "BAD_DEFAULT",
        "/fields/effort/default",
        lambda d: d["fields"]["effort"].update(default=-3),
        lambda d: d["fields"]["effort"].update(default=3),
    ),
    _fault(
        "BAD_VALUE",
        "/automations/0/do/0/set/effort",
        automations(on("card.created", {"set": {"effort": -3}})),
        automations(on("card.created", {"set": {"effort": None}})),
    ),
    _fault(
        "FORMULA_CYCLE",
        "/fields/a/value",
        field("a", "formula", value={"+": [{"var": "fields.a"}, 1]}),
        both(
            field("a", "formula", value={"+": [{"var": "fields.b"}, 1]}),
            field("b", "formula", value={"+": [EFFORT, 1]}),
        ),
    ),
    _fault(
        "REQUIRED_FORMULA",
        "/phases/0/form/4",
        both(
            field("a", "formula", value={"+": [EFFORT, 1]}),
            lambda d: d["phases"][0]["form"].__setitem__(4, {"field": "a", "required": True}),
        ),
        field("a", "formula", value={"+": [EFFORT, 1]}),
    ),
    _fault(
        "NEVER_OFFERED",
        "/phases/0/form/2",
        lambda d: d["phases"][0]["form"].__setitem__(
            2, {"field": "effort", "required": True, "readonly": True}
        ),
        lambda d: d["phases"][1]["form"].__setitem__(
            0, {"field": "effort", "required": True, "readonly": True}
        ),
    ),
    _fault(
        "NEVER_ASKED",
        "/transitions/0/when/0/if",
        both(
            when({"is_set": [{"var": "fields.late"}]}),
            lambda d: d["fields"].update(late=a_field("number", "Late")),
            lambda d: d["phases"][2].update(form=["late"]),
        ),
        both(
            when({"or": [{"is_set": [{"var": "fields.late"}]}, {">": [EFFORT, 3]}]}),
            lambda d: d["fields"].update(late=a_field("number", "Late")),
            lambda d: d["phases"][2].update(form=["late"]),
        ),
    ),
    _fault(
        "BAD_CURRENCY",
        "/fields/cost/currency",
        field("cost", "currency", currency="EUO"),
        field("cost", "currency", currency="EUR"),
    ),
]

RULES = [
    _fault(
        "RULE_OPERATOR",
        "/transitions/0/when/0/if/==",
        when({"==": [EFFORT, 3]}),
        when({"===": [EFFORT, 3]}),
    ),
    _fault(
        "RULE_ARGUMENTS",
        "/transitions/0/when/0/if/<=",
        when({"<=": [1, EFFORT, 3, 4]}),
        when({"<=": [1, EFFORT, 3]}),
    ),
    _fault(
        "RULE_NAME",
        "/transitions/0/when/0/if/>/0/var",
        when({">": [{"var": ["fields.effort", 1]}, 3]}),
        when({">": [{"var": ["fields.effort"]}, 3]}),
    ),
    _fault(
        "RULE_PLUCK",
        "/transitions/0/when/0/if/>/0/sum/pluck/1",
        when({">": [{"sum": {"pluck": [{"var": "fields.rows"}, 1]}}, 3]}),
        both(
            when({">": [{"sum": {"pluck": [{"var": "fields.rows"}, "size"]}}, 3]}),
            field("rows", "table", columns={"size": a_field("number", "Size")}),
        ),
    ),
    _fault(
        "RULE_TOO_DEEP",
        "/transitions/0/when/0/if" + "/!/0" * 31 + "/===/0",
        when(deep(31)),
        when(deep(30)),
    ),
    _fault(
        "RULE_TOO_LARGE",
        "/transitions/0/when/0/if",
        when({">": [{"+": [EFFORT] * 1_000}, 3]}),
        when({">": [{"+": [EFFORT] * 990}, 3]}),
    ),
    _fault(
        "RULE_TYPE",
        "/transitions/0/when/0/if/>=/0",
        when({">=": [{"var": "fields.name"}, 3]}),
        when({">=": [EFFORT, 3]}),
    ),
    _fault(
        "RULE_LITERAL",
        "/transitions/0/when/0/if/</1",
        when({"<": [{"var": "today"}, "tomorrow"]}),
        when({"<": [{"var": "today"}, "2027-01-01"]}),
    ),
    _fault(
        "RULE_UNKNOWN_OPTION",
        "/transitions/0/when/0/if/===/1",
        both(
            lambda d: d["fields"].update(tier=A_LIST),
            lambda d: d["start"]["form"].append("tier"),
            when({"===": [{"var": "fields.tier"}, "Gold"]}),
        ),
        both(
            lambda d: d["fields"].update(tier=A_LIST),
            lambda d: d["start"]["form"].append("tier"),
            when({"===": [{"var": "fields.tier"}, "gold"]}),
        ),
    ),
    _fault(
        "RULE_UNKNOWN_NAME",
        "/transitions/0/when/0/if/>=/0",
        when({">=": [{"var": "fields.efort"}, 3]}),
        when({">=": [{"var": "card.returns"}, 3]}),
    ),
    _fault(
        "NEVER_HOLDS",
        "/transitions/0/when/0/if",
        when({"<": [EFFORT, 0]}),
        when({"<=": [EFFORT, 0]}),
    ),
    _fault(
        "ALWAYS_HOLDS",
        "/transitions/0/when/0/if",
        when({"or": [{"is_set": [EFFORT]}, {"!": [{"is_set": [EFFORT]}]}]}),
        when({"or": [{"is_set": [EFFORT]}, {"is_set": [{"var": "fields.owner"}]}]}),
    ),
]

PEOPLE = [
    _fault(
        "NOBODY_DECIDES",
        "/transitions/0/approval/stages/0/by",
        approval(stage(by=["creator"]), exclude=["creator"]),
        approval(stage(by=["creator"]), exclude=["requester"]),
    ),
    _fault(
        "NEED_TOO_HIGH",
        "/transitions/0/approval/stages/0/need",
        approval(stage(by=["user:ana", "field:owner"], need=3)),
        approval(stage(by=["user:ana", "field:owner"], need=2)),
    ),
    _fault(
        "TOO_FEW_PEOPLE",
        "/transitions/0/approval/stages/0/by",
        approval(stage(need=3)),
        approval(stage(need=2)),
        HERE,
    ),
    _fault(
        "NOBODY_ESCALATED",
        "/transitions/0/approval/stages/0/deadline",
        approval(stage(deadline="2d")),
        approval(stage(deadline="2d", on_deadline="reject")),
    ),
    _fault(
        "APPROVAL_AND_AUTOMATIC",
        "/transitions/0/after",
        both(approval(stage()), lambda d: d["transitions"][0].update(after="3d")),
        both(approval(stage()), lambda d: d["transitions"][3].update(after="3d")),
    ),
    _fault(
        "HANDOFF_WITHOUT_TEAM",
        "/phases/1/handoff",
        lambda d: d["phases"][1].update(handoff={}),
        lambda d: d["phases"][1].update(handoff={}, team="design"),
    ),
    _fault(
        "NO_HANDOFF_POSSIBLE",
        "/phases/1/handoff",
        both(
            lambda d: d["phases"][0].update(team="design"),
            lambda d: d["phases"][1].update(handoff={}, team="design"),
        ),
        both(
            lambda d: d["phases"][0].update(team="product"),
            lambda d: d["phases"][1].update(handoff={}, team="design"),
        ),
    ),
]

TIME = [
    _fault(
        "BAD_CALENDAR",
        "/calendars/office/hours",
        calendar(hours={"mon": []}, open={"2026-12-24": ["09:00-12:00"]}),
        calendar(hours={"mon": ["22:00-06:00"]}, closed=["2026-12-24"]),
    ),
    _fault(
        "BAD_HOLIDAYS",
        "/calendars/office/holidays",
        calendar(holidays={"country": "BR", "subdivision": "XX"}),
        calendar(holidays={"country": "BR", "subdivision": "PR"}),
    ),
    _fault(
        "NO_DAY_LENGTH",
        "/transitions/0/after",
        both(
            calendar(hours={"mon": ["09:00-17:00"], "fri": ["09:00-12:00"]}),
            sla(target="24h", calendar="office"),
            lambda d: d["transitions"][0].update(after="1d"),
        ),
        both(
            calendar(hours={"mon": ["09:00-17:00"], "fri": ["09:00-12:00"]}, hours_per_day="8h"),
            sla(target="24h", calendar="office"),
            lambda d: d["transitions"][0].update(after="1d"),
        ),
    ),
    _fault("WARNING_PAST_TARGET", "/phases/0/sla/warn/0", sla(warn=["+1d"]), sla(warn=["-1d"])),
    _fault("EMPTY_TARGET", "/phases/0/sla/target", sla(target="0d"), sla(target="1s")),
    _fault(
        "TARGET_CASES",
        "/phases/0/sla/target/1",
        sla(target=[{"is": "1d"}, {"if": {">": [EFFORT, 3]}, "is": "3d"}]),
        sla(target=[{"if": {">": [EFFORT, 3]}, "is": "3d"}, {"is": "1d"}]),
    ),
    _fault(
        "BAD_CRON",
        "/automations/0/cron",
        automations(on("schedule", {"label": "x"}, cron="0 9 30 feb *")),
        automations(on("schedule", {"label": "x"}, cron="0 9 29 feb *")),
    ),
    _fault(
        "BAD_TIMEZONE",
        "/calendars/office/timezone",
        calendar(timezone="Europe/Berlyn"),
        calendar(timezone="America/Sao_Paulo"),
    ),
    _fault(
        "SLA_ON_FINAL",
        "/phases/2/sla",
        lambda d: d["phases"][2].update(sla={"target": "3d"}),
        lambda d: d.update(sla={"target": "3d"}),
    ),
]

AUTOMATIONS = [
    _fault(
        "AUTOMATION_CYCLE",
        "/automations/0/do",
        automations(
            on("field.changed", {"set": {"effort": {"+": [EFFORT, 1]}}}, fields=["effort"])
        ),
        automations(
            on(
                "field.changed",
                {"set": {"effort": {"+": [EFFORT, 1]}}},
                fields=["effort"],
                **{"if": {"<": [EFFORT, 10]}},
            )
        ),
    ),
    _fault(
        "BAD_TEMPLATE",
        "/automations/0/do/0/comment",
        automations(on("card.created", {"comment": "{{ card.title } is new"})),
        automations(on("card.created", {"comment": "{{ card.title }} is new: {}}"})),
    ),
    _fault(
        "SCENARIO_FAILED",
        "/scenarios/0/steps/1/expect/phase",
        scenario(CREATED, {"expect": {"phase": "design"}}),
        scenario(CREATED, {"expect": {"phase": "concept"}}),
    ),
]

FAULTS: Mapping[FindingCode, Fault] = {
    fault.code: fault
    for fault in (
        *OF_THE_TEXT,
        *OF_THE_GRAMMAR,
        *REFERENCES,
        *GRAPH,
        *FIELDS,
        *RULES,
        *PEOPLE,
        *TIME,
        *AUTOMATIONS,
    )
}
