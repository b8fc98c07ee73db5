"""Faults of the parts: what names something, the graph of phases, fields."""

from tests.builders import a_field, a_phase, a_way
from tests.pipes.faults.making import (
    EFFORT,
    HERE,
    a_fault,
    approval,
    automations,
    both,
    calendar,
    field,
    on,
    sla,
    stage,
    when,
)

REFERENCES = [
    a_fault(
        "DUPLICATE_ID",
        "/transitions/4/id",
        lambda d: d["transitions"].append(a_way("finish", "concept", "done")),
        lambda d: d["transitions"].append(a_way("finish2", "concept", "done")),
    ),
    a_fault(
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
    a_fault(
        "DUPLICATE_FORM_FIELD",
        "/start/form/3",
        lambda d: d["start"]["form"].append("name"),
        lambda d: d["start"]["form"].append("effort"),
    ),
    a_fault(
        "UNKNOWN_FIELD",
        "/start/form/3",
        lambda d: d["start"]["form"].append("nmae"),
        lambda d: d["start"]["form"].append("effort"),
    ),
    a_fault(
        "UNKNOWN_PHASE",
        "/transitions/4/to",
        lambda d: d["transitions"].append(a_way("more", "concept", "desing")),
        lambda d: d["transitions"].append(a_way("more", "concept", "design")),
    ),
    a_fault(
        "UNKNOWN_TRANSITION",
        "/automations/0/do/0/move",
        automations(on("comment.added", {"move": "finnish"})),
        automations(on("comment.added", {"move": "finish"})),
    ),
    a_fault(
        "UNKNOWN_TEAM",
        "/automations/0/do/0/assign/round_robin",
        automations(on("card.created", {"assign": {"round_robin": "prodct"}})),
        automations(on("card.created", {"assign": {"round_robin": "product"}})),
    ),
    a_fault(
        "UNKNOWN_PIPE",
        "/fields/launch/pipe",
        field("launch", "connection", pipe="lunches"),
        field("launch", "connection", pipe="launches"),
        HERE,
    ),
    a_fault(
        "CARD_KEY_TAKEN",
        "/card/key",
        lambda d: d["card"].update(key="LAUNCH"),
        lambda d: d["card"].update(key="LAUNCHES"),
        HERE,
    ),
    a_fault(
        "UNKNOWN_PERSON",
        "/transitions/0/by/0",
        lambda d: d["transitions"][0].update(by=["user:anna"]),
        lambda d: d["transitions"][0].update(by=["user:ana"]),
        HERE,
    ),
    a_fault(
        "UNKNOWN_CALENDAR",
        "/phases/0/sla/calendar",
        both(calendar(), sla(calendar="ofice")),
        both(calendar(), sla(calendar="office")),
    ),
    a_fault(
        "WRONG_FIELD_TYPE",
        "/automations/0/connection",
        automations(on("children.done", {"move": "finish"}, connection="effort")),
        both(
            field("parts", "connection", pipe="features"),
            automations(on("children.done", {"move": "finish"}, connection="parts")),
        ),
    ),
    a_fault(
        "UNUSED_FIELD",
        "/fields/spare",
        lambda d: d["fields"].update(spare=a_field("short_text", "Spare")),
        both(
            lambda d: d["fields"].update(spare=a_field("short_text", "Spare")),
            automations(on("card.created", {"set": {"spare": "x"}})),
        ),
    ),
    a_fault(
        "CONFIDENTIAL_TITLE",
        "/card/title",
        lambda d: d["fields"]["name"].update(confidential=["team:design"]),
        lambda d: d["fields"]["problem"].update(confidential=["team:design"]),
    ),
]

GRAPH = [
    a_fault(
        "NO_DONE_PHASE",
        "/phases",
        lambda d: d["phases"][2].update(final="cancelled"),
        lambda d: d["phases"][3].update(final="done"),
    ),
    a_fault(
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
    a_fault(
        "LEAVES_FINAL_PHASE",
        "/transitions/4/from",
        lambda d: d["transitions"].append(a_way("again", "done", "concept")),
        lambda d: d["transitions"].append(a_way("again", "design", "concept")),
    ),
    a_fault(
        "UNREACHABLE_PHASE",
        "/phases/4",
        lambda d: d["phases"].append(a_phase("attic")),
        both(
            lambda d: d["phases"].append(a_phase("attic")),
            lambda d: d["transitions"].append(a_way("store", "concept", "attic")),
        ),
    ),
    a_fault(
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
    a_fault(
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
    a_fault(
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
    a_fault(
        "PUBLIC_MOVE",
        "/transitions/0/by/0",
        lambda d: d["transitions"][0].update(by=["anyone"]),
        lambda d: d["start"].update(by=["anyone"], public=True),
    ),
]

FIELDS = [
    a_fault(
        "BAD_PATTERN",
        "/fields/name/pattern",
        lambda d: d["fields"]["name"].update(pattern=r"(a+)+\1$"),
        lambda d: d["fields"]["name"].update(pattern=r"^(a+)+$"),
    ),
    a_fault(
        "EMPTY_RANGE",
        "/fields/effort/maximum",
        lambda d: d["fields"]["effort"].update(maximum=-1),
        lambda d: d["fields"]["effort"].update(maximum=0),
    ),
    a_fault(
        "BAD_DEFAULT",
        "/fields/effort/default",
        lambda d: d["fields"]["effort"].update(default=-3),
        lambda d: d["fields"]["effort"].update(default=3),
    ),
    a_fault(
        "BAD_VALUE",
        "/automations/0/do/0/set/effort",
        automations(on("card.created", {"set": {"effort": -3}})),
        automations(on("card.created", {"set": {"effort": None}})),
    ),
    a_fault(
        "FORMULA_CYCLE",
        "/fields/a/value",
        field("a", "formula", value={"+": [{"var": "fields.a"}, 1]}),
        both(
            field("a", "formula", value={"+": [{"var": "fields.b"}, 1]}),
            field("b", "formula", value={"+": [EFFORT, 1]}),
        ),
    ),
    a_fault(
        "REQUIRED_FORMULA",
        "/phases/0/form/4",
        both(
            field("a", "formula", value={"+": [EFFORT, 1]}),
            lambda d: d["phases"][0]["form"].__setitem__(4, {"field": "a", "required": True}),
        ),
        field("a", "formula", value={"+": [EFFORT, 1]}),
    ),
    a_fault(
        "NEVER_OFFERED",
        "/phases/0/form/2",
        lambda d: d["phases"][0]["form"].__setitem__(
            2, {"field": "effort", "required": True, "readonly": True}
        ),
        lambda d: d["phases"][1]["form"].__setitem__(
            0, {"field": "effort", "required": True, "readonly": True}
        ),
    ),
    a_fault(
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
    a_fault(
        "BAD_CURRENCY",
        "/fields/cost/currency",
        field("cost", "currency", currency="EUO"),
        field("cost", "currency", currency="EUR"),
    ),
]
