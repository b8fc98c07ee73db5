"""The kinds of name that a definition gives to its parts, and JSON's values.

Here are only types; what a well-formed id looks like is said by the schema.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NewType

PipeId = NewType("PipeId", str)
PhaseId = NewType("PhaseId", str)
TransitionId = NewType("TransitionId", str)
StageId = NewType("StageId", str)
FieldId = NewType("FieldId", str)
OptionId = NewType("OptionId", str)
TeamId = NewType("TeamId", str)
UserId = NewType("UserId", str)
RoleName = NewType("RoleName", str)
CalendarName = NewType("CalendarName", str)
AutomationId = NewType("AutomationId", str)

# An aware moment in UTC.
type Instant = datetime

type JsonValue = bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None
