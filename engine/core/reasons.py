"""Why a command is turned away: reasons with stable codes, and the rejection that carries all."""

from dataclasses import dataclass
from enum import StrEnum

from pipes.identifiers import FieldId, TransitionId
from pipes.quick import quick


class ReasonCode(StrEnum):
    """Every reason the core gives. Codes are stable; texts may change."""

    VERSION_CONFLICT = "version_conflict"
    NOT_ALLOWED = "not_allowed"
    CARD_FINISHED = "card_finished"
    CARD_OPEN = "card_open"
    ON_HOLD = "on_hold"
    NOT_ON_HOLD = "not_on_hold"
    UNKNOWN_TRANSITION = "unknown_transition"
    NO_SUCH_WAY = "no_such_way"
    AMBIGUOUS_WAY = "ambiguous_way"
    UNKNOWN_PHASE = "unknown_phase"
    FINAL_PHASE = "final_phase"
    UNKNOWN_FIELD = "unknown_field"
    FIELD_CLOSED = "field_closed"
    FIELD_READONLY = "field_readonly"
    MISSING_FIELD = "missing_field"
    INVALID_VALUE = "invalid_value"
    NOT_UNIQUE = "not_unique"
    CONDITION = "condition"
    COMMENT_REQUIRED = "comment_required"
    COMMENT_NOT_WANTED = "comment_not_wanted"
    PHASE_FULL = "phase_full"
    UNKNOWN_PERSON = "unknown_person"
    ALREADY_YOURS = "already_yours"
    EMPTY_TEXT = "empty_text"
    TOO_LONG = "too_long"
    NOTHING_TO_CHANGE = "nothing_to_change"
    PIPE_RETIRED = "pipe_retired"
    CARD_TOO_LARGE = "card_too_large"
    REQUEST_PENDING = "request_pending"
    NO_REQUEST = "no_request"
    STAGE_CLOSED = "stage_closed"
    DECIDED_ALREADY = "decided_already"
    HANDOFF_WAITING = "handoff_waiting"
    NO_HANDOFF = "no_handoff"
    CHECKLIST_OPEN = "checklist_open"
    CANNOT_RETURN = "cannot_return"
    NO_CLOCK = "no_clock"
    MISSING_SCOPE = "missing_scope"
    ID_TAKEN = "id_taken"
    NOT_THERE = "not_there"
    LAST_OWNER = "last_owner"
    OWN_ACCOUNT = "own_account"
    UNKNOWN_AUTOMATION = "unknown_automation"
    UNKNOWN_CARD = "unknown_card"
    UNKNOWN_FILE = "unknown_file"
    TOO_MANY_FILES = "too_many_files"
    UNKNOWN_VERSION = "unknown_version"
    NO_COUNTERPART = "no_counterpart"
    BAD_PLAN = "bad_plan"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that stands against a command.

    Attributes:
        message: Plain words: what is wrong and what to do; the author's own where there are any.
        field, transition: What it is about.
        pointer: Where in a field's value, as a JSON pointer.
        detail: The failing part of a rule in words, beside the author's text.
    """

    code: ReasonCode
    message: str
    field: FieldId | None = None
    transition: TransitionId | None = None
    pointer: str | None = None
    detail: str | None = None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A command is turned away, with every reason at once. It changes nothing."""

    reasons: tuple[Reason, ...]
