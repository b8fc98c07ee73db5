"""How cards refer to files: by an id that nobody can guess, with what people see of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipes.identifiers import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReference:
    """A file that is kept: what it is called, how many bytes it has, and its media type."""

    id: str
    name: str
    bytes: int
    type: str

    def as_value(self) -> dict[str, JsonValue]:
        """As it stands in the value of a field."""
        return {"id": self.id, "name": self.name, "bytes": self.bytes, "type": self.type}


def file_references(value: JsonValue) -> tuple[FileReference, ...]:
    """The files that the value of a field names; what is no reference is left out."""
    items = value if isinstance(value, list | tuple) else ()
    found = (_reference(item) for item in items if isinstance(item, Mapping))
    return tuple(reference for reference in found if reference is not None)


def _reference(item: Mapping[str, JsonValue]) -> FileReference | None:
    match dict(item):
        case {
            "id": str() as number,
            "name": str() as name,
            "bytes": int() as size,
            "type": str() as kind,
        }:
            return FileReference(id=number, name=name, bytes=size, type=kind)
        case _:
            return None
