"""What every model of the API is made of: bodies that are refused when they do not fit."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

_DEEPEST = 30


def _sound(value: Any) -> Any:  # noqa: ANN401 -- JSON of any form
    """Refuses what no text column and no sensible form holds."""
    _look_into(value, 0)
    return value


def _look_into(value: Any, depth: int) -> None:  # noqa: ANN401 -- JSON of any form
    if depth > _DEEPEST:
        raise ValueError(f"values may be nested {_DEEPEST} deep")
    match value:
        case str():
            if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
                raise ValueError("a text holds a character that cannot be stored")
        case dict():
            for name, part in value.items():
                _look_into(name, depth + 1)
                _look_into(part, depth + 1)
        case list():
            for part in value:
                _look_into(part, depth + 1)
        case _:
            return


Text = Annotated[str, AfterValidator(_sound)]
FieldValues = Annotated[dict[str, Any], AfterValidator(_sound)]


class Body(BaseModel):
    """What a request brings: names that are not known are refused, kinds are not bent."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Shown(BaseModel):
    """What an answer holds."""

    model_config = ConfigDict(frozen=True)


# --- requests -------------------------------------------------------------------------------------
