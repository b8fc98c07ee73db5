"""The table of finding codes: what each means, how to mend it, and whether it stops publishing.

`docs/findings.md` is made of it. Codes are stable, texts may change.
"""

from enum import StrEnum
from typing import Literal, Self

type Severity = Literal["error", "warning"]


class FindingCode(StrEnum):
    """Every code, with `means` and `mend` in plain words. Errors stop publishing."""

    means: str
    mend: str
    severity: Severity

    def __new__(cls, code: str, means: str, mend: str, severity: Severity = "error") -> Self:
        """A code with what it means and how it is mended."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.means = means
        member.mend = mend
        member.severity = severity
        return member

    # The text.
    TOO_LARGE = (
        "too_large",
        "The document is larger than 1 MB.",
        "Split the process into several pipes that are connected.",
    )
    NOT_UTF8 = (
        "not_utf8",
        "The document is not text in UTF-8.",
        "Save the file as UTF-8; every editor can.",
    )
    BYTE_ORDER_MARK = (
        "byte_order_mark",
        "The document begins with a byte order mark.",
        "Save the file as UTF-8 without a byte order mark; `phaseline fmt` does it.",
        "warning",
    )
    NOT_JSON = (
        "not_json",
        "The document is not JSON.",
        "The message names line and column; most often a comma is missing there, or one too many.",
    )
    TOO_DEEP = (
        "too_deep",
        "Lists and objects are nested more than 100 deep.",
        "Nothing in the language needs such a depth: split what is nested, mostly a rule.",
    )
    DUPLICATE_NAME = (
        "duplicate_name",
        "An object has the same name twice.",
        "Keep one of the two; which of them would count is not defined in JSON.",
    )
    BAD_NUMBER = (
        "bad_number",
        "A number is too large to be kept.",
        "Write a number that a double can hold, or take the limit out if there is to be none.",
    )
    BAD_TEXT = (
        "bad_text",
        "A text holds a character that cannot be kept.",
        "Take the NUL character (`\\u0000`) out of the text.",
    )
    TOO_MANY_FINDINGS = (
        "too_many_findings",
        "There are more findings than the 200 that are shown.",
        "Mend what is shown and check again.",
        "warning",
    )

    # The grammar.
    UNKNOWN_SCHEMA = (
        "unknown_schema",
        "`$schema` names a grammar that is not that of pipes.",
        "Leave `$schema` out, or let it name `pipe.schema.json` or `/schemas/pipe.json`.",
    )
    UNKNOWN_PROPERTY = (
        "unknown_property",
        "A property is not known where it stands.",
        "Mostly it is misspelt: the message names the nearest one. Else take it out.",
    )
    MISSING_PROPERTY = (
        "missing_property",
        "A property that is needed is not there.",
        "Add the property that the message names.",
    )
    WRONG_TYPE = (
        "wrong_type",
        "A value is of another kind than is wanted, such as a text where a list belongs.",
        "Write a value of the kind that the message names.",
    )
    UNKNOWN_VALUE = (
        "unknown_value",
        "A value is not among those that are possible.",
        "Choose one of the values that the message lists.",
    )
    BAD_FORMAT = (
        "bad_format",
        "A text does not have the form that is wanted, such as that of an id or a date.",
        "Write it as the example in the message.",
    )
    OUT_OF_RANGE = (
        "out_of_range",
        "A number, a text or a list is too small or too large.",
        "Stay within the bound that the message names.",
    )
    REPEATED_ITEM = (
        "repeated_item",
        "A list names something twice.",
        "Take one of the two out.",
    )
    BAD_DURATION = (
        "bad_duration",
        "A text is no duration.",
        (
            "Write days, hours, minutes and seconds in that order, such as `1d 4h 30m`; not above"
            " a hundred years."
        ),
    )
    BAD_INSTANT = (
        "bad_instant",
        "A text is no instant.",
        "Write date, time and zone: `2026-03-02T10:00:00-03:00`.",
    )

    # References and ids.
    DUPLICATE_ID = (
        "duplicate_id",
        "Two phases, transitions, stages, automations or options share an id.",
        "Give one of them another id. Cards remember ids: rename the newer one.",
    )
    RESERVED_ID = (
        "reserved_id",
        (
            "A phase has an id that means something else: `start` is the start form, `stay` is"
            " where a rejected request leaves a card."
        ),
        "Give the phase another id, such as `begin`; its name may stay.",
    )
    DUPLICATE_FORM_FIELD = (
        "duplicate_form_field",
        "A form asks for a field twice.",
        "Keep one entry; conditions of both go into one `when`.",
    )
    UNKNOWN_FIELD = (
        "unknown_field",
        "A field that is named does not exist.",
        "Define it under `fields`, or mend the name.",
    )
    UNKNOWN_PHASE = (
        "unknown_phase",
        "A phase that is named does not exist.",
        "Add it to `phases`, or mend the name.",
    )
    UNKNOWN_TRANSITION = (
        "unknown_transition",
        "A transition that is named does not exist.",
        "Add it to `transitions`, or mend the name.",
    )
    UNKNOWN_TEAM = (
        "unknown_team",
        "A team that is named does not exist.",
        "Add it under `teams` with its label, or mend the name.",
    )
    UNKNOWN_PIPE = (
        "unknown_pipe",
        "A pipe that is named is neither published nor among those that are checked together.",
        (
            "Mend the name, or publish that pipe as well. It is a warning, since two pipes may"
            " name each other and one of them has to be the first."
        ),
        "warning",
    )
    CARD_KEY_TAKEN = (
        "card_key_taken",
        "The keys of another pipe's cards begin alike here: two cards would be called the same.",
        "Choose other letters for `key` under `card`.",
    )
    UNKNOWN_PERSON = (
        "unknown_person",
        "A person who is named has no account here, or a disabled one.",
        "Name somebody who is there; better still a team or a role, which outlives people.",
    )
    UNKNOWN_CALENDAR = (
        "unknown_calendar",
        "A calendar that is named does not exist.",
        "Add it under `calendars`, or mend the name.",
    )
    WRONG_FIELD_TYPE = (
        "wrong_field_type",
        "A field is named where one of another type is needed.",
        "Name a field of the type that the message wants.",
    )
    UNUSED_FIELD = (
        "unused_field",
        "A field is in no form, and nothing writes it.",
        "List it in a form, or take it out of `fields`: what cards hold in it stays.",
        "warning",
    )
    CONFIDENTIAL_TITLE = (
        "confidential_title",
        "The title of cards is a confidential field, and everybody sees titles.",
        "Take another field for the title, or take `confidential` off this one.",
    )

    # The graph of phases.
    NO_DONE_PHASE = (
        "no_done_phase",
        "No phase ends a card as done.",
        'Give the last phase `"final": "done"`.',
    )
    FINAL_START = (
        "final_start",
        "Cards begin in a final phase.",
        "Let `start` name a phase in which something is still to do.",
    )
    LEAVES_FINAL_PHASE = (
        "leaves_final_phase",
        "A transition leaves a final phase.",
        "Take it out: an admin reopens a card that has ended. Or take `final` off the phase.",
    )
    UNREACHABLE_PHASE = (
        "unreachable_phase",
        "No way leads to a phase from where cards begin.",
        "Add a transition to it, or take the phase out.",
    )
    NO_WAY_OUT = (
        "no_way_out",
        "From a phase no final phase can be reached.",
        "Add a transition that leads on from it.",
    )
    AUTOMATIC_CYCLE = (
        "automatic_cycle",
        "Automatic transitions can go in a circle for ever, with nobody and no time between.",
        (
            "Take `automatic` from one of them, let it wait with `after`, or give them conditions"
            " that exclude each other."
        ),
    )
    BYPASSED_GATE = (
        "bypassed_gate",
        "A way without approval or condition leads around an approval.",
        (
            "Ask for the approval on that way too, give it a condition (`when`), or keep it for"
            ' admins with `"by": ["role:admin"]`.'
        ),
        "warning",
    )
    PUBLIC_MOVE = (
        "public_move",
        "`anyone` is named where people are signed in: there it is every member, or nobody at all.",
        "Leave `by` out for every member; name a team, a role or a person where somebody is told.",
        "warning",
    )

    # Fields and forms.
    BAD_PATTERN = (
        "bad_pattern",
        "A regular expression does not compile, or needs an engine that can run away.",
        "Write it without back references and look-around; those are what can run for ever.",
    )
    EMPTY_RANGE = (
        "empty_range",
        "No value lies between the least and the greatest.",
        "Exchange the bounds, or take one of them out.",
    )
    BAD_DEFAULT = (
        "bad_default",
        "A default does not fit its field.",
        "Write a value that a person could type there.",
    )
    BAD_VALUE = (
        "bad_value",
        "An action writes a value that does not fit the field.",
        "Write a value that a person could type there, or a rule that gives one.",
    )
    FORMULA_CYCLE = (
        "formula_cycle",
        "Formulas depend on each other in a circle.",
        "Let one of them reckon from fields that people fill in.",
    )
    REQUIRED_FORMULA = (
        "required_formula",
        "A form requires a field that nobody fills in: a formula or a statement.",
        "Take `required` out; what is to hold of a formula goes into a transition's `when`.",
    )
    NEVER_OFFERED = (
        "never_offered",
        (
            "A form requires a field that nobody can have filled in: it is read-only there, and"
            " no form before offers it."
        ),
        "Offer it in an earlier form, or take `readonly` or `required` out.",
    )
    NEVER_ASKED = (
        "never_asked",
        "A condition needs a field that no form offers before.",
        (
            "List the field in the form of a phase before, or of the start. Where another pipe"
            " writes it, nothing is wrong."
        ),
        "warning",
    )
    BAD_CURRENCY = (
        "bad_currency",
        "A code is no currency of ISO 4217.",
        "Write a code such as `EUR`, `BRL` or `USD`.",
    )

    # Rules.
    RULE_OPERATOR = (
        "rule_operator",
        "A part of a rule is not one operator of the rule language.",
        "Use one of the operators: the message names the nearest.",
    )
    RULE_ARGUMENTS = (
        "rule_arguments",
        "An operator has too few or too many arguments.",
        "Give it as many as the message says.",
    )
    RULE_NAME = (
        "rule_name",
        "`var` has no name, or more than that.",
        'Write one name: `{"var": "fields.effort"}`; ask with `is_set` whether it is empty.',
    )
    RULE_PLUCK = (
        "rule_pluck",
        "`pluck` does not have a list and a name.",
        'Write both: `{"pluck": [{"var": "fields.rows"}, "hours"]}`.',
    )
    RULE_TOO_DEEP = (
        "rule_too_deep",
        "A rule is nested more than 32 deep.",
        "Give a part of it a name of its own: a formula field.",
    )
    RULE_TOO_LARGE = (
        "rule_too_large",
        "A rule has more than 1,000 parts.",
        "Split it into several conditions, or give parts of it names as formula fields.",
    )
    RULE_TYPE = (
        "rule_type",
        "A part of a rule is of another type than is wanted.",
        (
            "Compare numbers with numbers and dates with dates; where a condition is wanted,"
            " write a comparison."
        ),
    )
    RULE_LITERAL = (
        "rule_literal",
        "A constant in a rule cannot be meant: no date or time, or null.",
        "Write a date as `2026-03-31`, a time as `14:30`, and ask for what is empty with `is_set`.",
    )
    RULE_UNKNOWN_OPTION = (
        "rule_unknown_option",
        "A rule compares with an option that is none.",
        "Use the id of an option, not its label.",
    )
    RULE_UNKNOWN_NAME = (
        "rule_unknown_name",
        "A rule looks up a name that does not exist.",
        (
            "Write `fields.<id>`, `card.<name>`, `actor.<name>`, `children.<connection>`, `today`"
            " or `now`."
        ),
    )
    NEVER_HOLDS = (
        "never_holds",
        "A condition can never hold, alone or together with those beside it.",
        "Mend the contradiction that the message says in words, or take out what depends on it.",
    )
    ALWAYS_HOLDS = (
        "always_holds",
        "A condition always holds.",
        "Take it out, or mend it if it was to mean something.",
        "warning",
    )

    # Approvals and handoffs.
    NOBODY_DECIDES = (
        "nobody_decides",
        "An approval stage has nobody who could ever decide: all whom it names are excluded.",
        "Name a team, a role or people besides those whom `exclude` keeps out.",
    )
    NEED_TOO_HIGH = (
        "need_too_high",
        "An approval needs more people than its stage names.",
        'Lower `need`, write `"all"`, or name more people.',
    )
    TOO_FEW_PEOPLE = (
        "too_few_people",
        "As teams and roles are filled now, too few people could decide a stage.",
        "Add people to the team or the role; the definition may stay as it is.",
        "warning",
    )
    NOBODY_ESCALATED = (
        "nobody_escalated",
        "A stage's deadline escalates to nobody.",
        "Add `escalate_to`, or let `on_deadline` approve or reject.",
        "warning",
    )
    APPROVAL_AND_AUTOMATIC = (
        "approval_and_automatic",
        "A transition that happens by itself waits for an approval.",
        (
            "Take `automatic` or `after` out and let somebody ask, unless it is meant so: the"
            " request is then made by the card itself."
        ),
        "warning",
    )
    HANDOFF_WITHOUT_TEAM = (
        "handoff_without_team",
        "A phase with a handoff has no team.",
        "Give the phase the `team` that accepts cards.",
    )
    NO_HANDOFF_POSSIBLE = (
        "no_handoff_possible",
        "A phase has a handoff, and no card comes to it from another team.",
        "Take the handoff out, or give the phase before another team.",
        "warning",
    )

    # Time.
    BAD_CALENDAR = (
        "bad_calendar",
        "A calendar cannot be reckoned with, such as one with no open hour.",
        'Give at least one weekday open hours: `"mon": ["09:00-18:00"]`.',
    )
    BAD_HOLIDAYS = (
        "bad_holidays",
        "No holidays are known for a region.",
        "Write the ISO 3166 codes of the country and its subdivision: `BR` and `PR`.",
    )
    NO_DAY_LENGTH = (
        "no_day_length",
        "A duration has days, and the days of its calendar are not equally long.",
        "Say what a day is with `hours_per_day`, or write the duration in hours.",
    )
    WARNING_PAST_TARGET = (
        "warning_past_target",
        "A warning comes at or after the deadline, or lies before the clock begins.",
        (
            "Warn before the deadline and after the beginning: `50%`, or `-1d` of a target of"
            " `3d`. What comes at the deadline and later goes into `escalate`."
        ),
    )
    EMPTY_TARGET = (
        "empty_target",
        "A target, a deadline or a waiting time is no time at all.",
        "Write a duration above zero, or take the part out.",
    )
    TARGET_CASES = (
        "target_cases",
        "A case of a target is never reached, since one before it applies to every card.",
        'Put the case without `if` last: `[{"if": …, "is": "1d"}, {"is": "3d"}]`.',
        "warning",
    )
    BAD_CRON = (
        "bad_cron",
        "A schedule cannot be read, or names a day that never comes.",
        "Write minute, hour, day, month and weekday: `0 9 * * mon-fri`.",
    )
    BAD_TIMEZONE = (
        "bad_timezone",
        "A time zone is not known.",
        "Write an IANA name such as `Europe/Berlin`.",
    )
    SLA_ON_FINAL = (
        "sla_on_final",
        "A final phase has a clock, which never runs.",
        "Take `sla` out, or give the whole card one: `sla` beside `phases`.",
        "warning",
    )

    # Automations and texts.
    AUTOMATION_CYCLE = (
        "automation_cycle",
        "Automations set each other off for ever.",
        "Give one of them an `if` that ends the circle, or let it listen to something else.",
    )
    BAD_TEMPLATE = (
        "bad_template",
        "A text cannot be read as a Jinja2 template, or names a field that does not exist.",
        "Close every `{{` and `{%`, and name fields as `{{ fields.<id> }}`.",
    )

    # Scenarios.
    SCENARIO_FAILED = (
        "scenario_failed",
        "A scenario does not come out as told.",
        "The message says what was expected and what was found: one of the two is what you want.",
    )
