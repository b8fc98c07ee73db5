"""Faults of what is meant: rules, people, time, automations, scenarios."""

from tests.builders import a_field
from tests.pipes.faults.making import (
    A_LIST,
    CREATED,
    EFFORT,
    HERE,
    a_fault,
    approval,
    automations,
    both,
    calendar,
    deep,
    field,
    on,
    scenario,
    sla,
    stage,
    when,
)

RULES = [
    a_fault(
        "RULE_OPERATOR",
        "/transitions/0/when/0/if/==",
        when({"==": [EFFORT, 3]}),
        when({"===": [EFFORT, 3]}),
    ),
    a_fault(
        "RULE_ARGUMENTS",
        "/transitions/0/when/0/if/<=",
        when({"<=": [1, EFFORT, 3, 4]}),
        when({"<=": [1, EFFORT, 3]}),
    ),
    a_fault(
        "RULE_NAME",
        "/transitions/0/when/0/if/>/0/var",
        when({">": [{"var": ["fields.effort", 1]}, 3]}),
        when({">": [{"var": ["fields.effort"]}, 3]}),
    ),
    a_fault(
        "RULE_PLUCK",
        "/transitions/0/when/0/if/>/0/sum/pluck/1",
        when({">": [{"sum": {"pluck": [{"var": "fields.rows"}, 1]}}, 3]}),
        both(
            when({">": [{"sum": {"pluck": [{"var": "fields.rows"}, "size"]}}, 3]}),
            field("rows", "table", columns={"size": a_field("number", "Size")}),
        ),
    ),
    a_fault(
        "RULE_TOO_DEEP",
        "/transitions/0/when/0/if" + "/!/0" * 31 + "/===/0",
        when(deep(31)),
        when(deep(30)),
    ),
    a_fault(
        "RULE_TOO_LARGE",
        "/transitions/0/when/0/if",
        when({">": [{"+": [EFFORT] * 1_000}, 3]}),
        when({">": [{"+": [EFFORT] * 990}, 3]}),
    ),
    a_fault(
        "RULE_TYPE",
        "/transitions/0/when/0/if/>=/0",
        when({">=": [{"var": "fields.name"}, 3]}),
        when({">=": [EFFORT, 3]}),
    ),
    a_fault(
        "RULE_LITERAL",
        "/transitions/0/when/0/if/</1",
        when({"<": [{"var": "today"}, "tomorrow"]}),
        when({"<": [{"var": "today"}, "2027-01-01"]}),
    ),
    a_fault(
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
    a_fault(
        "RULE_UNKNOWN_NAME",
        "/transitions/0/when/0/if/>=/0",
        when({">=": [{"var": "fields.efort"}, 3]}),
        when({">=": [{"var": "card.returns"}, 3]}),
    ),
    a_fault(
        "NEVER_HOLDS",
        "/transitions/0/when/0/if",
        when({"<": [EFFORT, 0]}),
        when({"<=": [EFFORT, 0]}),
    ),
    a_fault(
        "ALWAYS_HOLDS",
        "/transitions/0/when/0/if",
        when({"or": [{"is_set": [EFFORT]}, {"!": [{"is_set": [EFFORT]}]}]}),
        when({"or": [{"is_set": [EFFORT]}, {"is_set": [{"var": "fields.owner"}]}]}),
    ),
]

PEOPLE = [
    a_fault(
        "NOBODY_DECIDES",
        "/transitions/0/approval/stages/0/by",
        approval(stage(by=["creator"]), exclude=["creator"]),
        approval(stage(by=["creator"]), exclude=["requester"]),
    ),
    a_fault(
        "NEED_TOO_HIGH",
        "/transitions/0/approval/stages/0/need",
        approval(stage(by=["user:ana", "field:owner"], need=3)),
        approval(stage(by=["user:ana", "field:owner"], need=2)),
    ),
    a_fault(
        "TOO_FEW_PEOPLE",
        "/transitions/0/approval/stages/0/by",
        approval(stage(need=3)),
        approval(stage(need=2)),
        HERE,
    ),
    a_fault(
        "NOBODY_ESCALATED",
        "/transitions/0/approval/stages/0/deadline",
        approval(stage(deadline="2d")),
        approval(stage(deadline="2d", on_deadline="reject")),
    ),
    a_fault(
        "APPROVAL_AND_AUTOMATIC",
        "/transitions/0/after",
        both(approval(stage()), lambda d: d["transitions"][0].update(after="3d")),
        both(approval(stage()), lambda d: d["transitions"][3].update(after="3d")),
    ),
    a_fault(
        "HANDOFF_WITHOUT_TEAM",
        "/phases/1/handoff",
        lambda d: d["phases"][1].update(handoff={}),
        lambda d: d["phases"][1].update(handoff={}, team="design"),
    ),
    a_fault(
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
    a_fault(
        "BAD_CALENDAR",
        "/calendars/office/hours",
        calendar(hours={"mon": []}, open={"2026-12-24": ["09:00-12:00"]}),
        calendar(hours={"mon": ["22:00-06:00"]}, closed=["2026-12-24"]),
    ),
    a_fault(
        "BAD_HOLIDAYS",
        "/calendars/office/holidays",
        calendar(holidays={"country": "BR", "subdivision": "XX"}),
        calendar(holidays={"country": "BR", "subdivision": "PR"}),
    ),
    a_fault(
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
    a_fault("WARNING_PAST_TARGET", "/phases/0/sla/warn/0", sla(warn=["+1d"]), sla(warn=["-1d"])),
    a_fault("EMPTY_TARGET", "/phases/0/sla/target", sla(target="0d"), sla(target="1s")),
    a_fault(
        "TARGET_CASES",
        "/phases/0/sla/target/1",
        sla(target=[{"is": "1d"}, {"if": {">": [EFFORT, 3]}, "is": "3d"}]),
        sla(target=[{"if": {">": [EFFORT, 3]}, "is": "3d"}, {"is": "1d"}]),
    ),
    a_fault(
        "BAD_CRON",
        "/automations/0/cron",
        automations(on("schedule", {"label": "x"}, cron="0 9 30 feb *")),
        automations(on("schedule", {"label": "x"}, cron="0 9 29 feb *")),
    ),
    a_fault(
        "BAD_TIMEZONE",
        "/calendars/office/timezone",
        calendar(timezone="Europe/Berlyn"),
        calendar(timezone="America/Sao_Paulo"),
    ),
    a_fault(
        "SLA_ON_FINAL",
        "/phases/2/sla",
        lambda d: d["phases"][2].update(sla={"target": "3d"}),
        lambda d: d.update(sla={"target": "3d"}),
    ),
]

AUTOMATIONS = [
    a_fault(
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
    a_fault(
        "BAD_TEMPLATE",
        "/automations/0/do/0/comment",
        automations(on("card.created", {"comment": "{{ card.title } is new"})),
        automations(on("card.created", {"comment": "{{ card.title }} is new: {}}"})),
    ),
    a_fault(
        "SCENARIO_FAILED",
        "/scenarios/0/steps/1/expect/phase",
        scenario(CREATED, {"expect": {"phase": "design"}}),
        scenario(CREATED, {"expect": {"phase": "concept"}}),
    ),
]
