"""What a form says about files: those that stay, those that were sent before, and new ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.datastructures import FormData

from api.attachments import refuse_flood, uploads_in
from api.pages.controls import Typed
from api.services import Services
from engine.attaching import Attaching, FileRefused
from pipes.fields.field import Field
from pipes.files import FileReference, file_references
from pipes.identifiers import FieldId, JsonValue

# What is asked of a form, so that nobody sends thousands of ids to look for.
_MOST_IDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends a form with files; `name` is a user's id, or empty without an account."""

    name: str
    attaching: Attaching


def member(services: Services, name: str) -> Sender:
    """Somebody who is signed in."""
    return Sender(name=name, attaching=services.attaching)


async def with_files(
    services: Services,
    sender: Sender,
    fields: Sequence[Field],
    form: FormData,
    typed: Typed,
    *,
    there: Mapping[FieldId, JsonValue],
) -> Typed:
    """What was typed, with the files of the form's attachment fields.

    A field's inputs hold the ids of files that are to stay; those of `field.new` are new. What is
    taken is kept also where another file is refused, so that nobody has to send it again.

    Raises:
        Problem: Too many requests with files have come from this person.
    """
    asked = [field for field in fields if field.kind == "attachment" and field.id in form]
    if any(uploads_in(form, _new(field)) for field in asked) and sender.name:
        await refuse_flood(services, sender.name)
    values, complaints = dict(typed.values), dict(typed.complaints)
    texts = dict(typed.texts)
    for field in asked:
        ids = [text for text in form.getlist(field.id) if isinstance(text, str) and text]
        kept = await _kept(sender, there.get(field.id), ids[:_MOST_IDS])
        taken, complaint = await _taken(sender, form, field)
        values[field.id] = [file.as_value() for file in dict.fromkeys((*kept, *taken))]
        texts[field.id] = tuple(ids)
        if complaint:
            complaints[field.id] = complaint
    return replace(typed, values=values, complaints=complaints, texts=texts)


def brings_files(form: FormData) -> bool:
    """Whether there is any file in the form."""
    return any(uploads_in(form, name) for name in form)


async def _kept(sender: Sender, value: JsonValue, ids: Sequence[str]) -> tuple[FileReference, ...]:
    known = {file.id: file for file in file_references(value)}
    unknown = [number for number in ids if number not in known]
    if unknown:
        found = await sender.attaching.find(unknown, uploader=sender.name)
        known |= {file.id: file.reference for file in found}
    return tuple(known[number] for number in ids if number in known)


async def _taken(
    sender: Sender, form: FormData, field: Field
) -> tuple[list[FileReference], str | None]:
    taken: list[FileReference] = []
    complaint = None
    for upload in uploads_in(form, _new(field)):
        try:
            file = await sender.attaching.take_in(upload, uploader=sender.name)
        except FileRefused as refused:
            complaint = f"{field.label}: {refused}"
        else:
            taken.append(file.reference)
    return taken, complaint


def _new(field: Field) -> str:
    return f"{field.id}.new"
