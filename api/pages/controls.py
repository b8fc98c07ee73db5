"""Form controls: fields of a form with what they show, and what was typed into them, as values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from markupsafe import Markup
from starlette.datastructures import FormData

from api.pages.markdown import markdown
from api.pages.words import Person, called
from engine.attaching import in_words
from pipes.fields import (
    Style,
    Untypable,
    display,
    parse_rows,
    parse_typed,
    typed_texts,
)
from pipes.fields.field import (
    AttachmentOptions,
    ChoiceOptions,
    ConnectionOptions,
    Field,
    NumberOptions,
    Option,
    StatementOptions,
    TableOptions,
    TextOptions,
)
from pipes.files import file_references
from pipes.forms import ShownEntry
from pipes.identifiers import FieldId, JsonValue, OptionId, TeamId

type Kind = Literal[
    "input",
    "textarea",
    "select",
    "checkbox",
    "radio",
    "checks",
    "people",
    "cards",
    "currency",
    "table",
    "files",
    "value",
    "statement",
]

_EMPTY_ROWS = 1
# A card's key or id, and not words that it may have; ids were once longer.
CARD_KEY = re.compile(r"[A-Za-z][A-Za-z0-9]*-\d+|[0-9a-z]{18}|[0-9a-f]{8}-[0-9a-f-]{27}")
# So many people are offered as boxes to tick; of more one types the name.
MOST_TICKED = 12
_NO_HTML = Markup()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShown:
    """A file as a form lists it; without an address where it is not with a card yet."""

    id: str
    name: str
    size: str
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A field as a form draws it.

    Attributes:
        texts: What its inputs hold; what was typed stays, also when it was refused.
        shown: The value in words, where it can only be read.
        rows: For tables the texts of the cells, row by row.
        picked: For people and cards those that are chosen, each with a box to tick.
        offered: Those that can be chosen besides.
        unknown: What was typed and means none of them.
        choices: Where cards are offered from as somebody types.
        files: For attachments those that are there; `accept` is as HTML has it.
    """

    name: str
    label: str
    control: Kind
    texts: tuple[str, ...] = ()
    shown: str = ""
    required: bool = False
    readonly: bool = False
    help: str | None = None
    hint: str | None = None
    errors: tuple[str, ...] = ()
    placeholder: str | None = None
    unit: str | None = None
    max_length: int | None = None
    input_type: str = "text"
    input_mode: str | None = None
    options: tuple[Option, ...] = ()
    picked: tuple[Option, ...] = ()
    offered: tuple[Option, ...] = ()
    unknown: str = ""
    choices: str = ""
    columns: tuple["Control", ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    files: tuple[FileShown, ...] = ()
    accept: str = ""
    text_html: Markup = _NO_HTML


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a form brought: values, complaints about what is none, and the texts themselves."""

    values: Mapping[FieldId, JsonValue]
    complaints: Mapping[FieldId, str]
    texts: Mapping[FieldId, tuple[str, ...]]
    rows: Mapping[FieldId, tuple[tuple[str, ...], ...]]


def make_control(
    entry: ShownEntry,
    value: JsonValue,
    *,
    people: Sequence[Person],
    typed: Typed | None = None,
    errors: Sequence[str] = (),
    card: str | None = None,
    style: Style | None = None,
    titles: Mapping[str, str] | None = None,
    teams: Mapping[TeamId, str] | None = None,
) -> Control:
    """The control of a form's entry; `card` is the key of the card whose value it is.

    `style` is how its reader writes what can only be read, `titles` are those of connected cards by
    their keys, `teams` the definition's.
    """
    field = entry.field
    texts = tuple(typed_texts(field, value))
    rows = _rows(field, value)
    complaints = list(errors)
    if typed is not None and field.id in typed.texts:
        texts = typed.texts[field.id]
        rows = typed.rows.get(field.id, rows)
    if typed is not None and field.id in typed.complaints:
        complaints.insert(0, typed.complaints[field.id])
    names = {person.id: person.name for person in people} | dict(teams or {})
    options = field.options
    picks = _picks(field, people, texts, titles or {}, typed)
    return replace(
        picks,
        texts=texts,
        shown=display(field, value, names, style),
        required=entry.required,
        readonly=entry.readonly,
        help=field.help,
        hint=f"Asked for because {entry.because}." if entry.because else _limits_of(field),
        errors=tuple(dict.fromkeys(complaints)),
        placeholder=field.placeholder,
        unit=options.unit if isinstance(options, NumberOptions) else None,
        max_length=options.max_length if isinstance(options, TextOptions) else None,
        input_type=_input_type(field),
        input_mode=_input_mode(field),
        options=_options(field, people, teams or {}),
        columns=_columns(field, people),
        rows=rows,
        files=shown_files(value, None if typed and field.id in typed.values else card),
        accept=",".join(options.accept) if isinstance(options, AttachmentOptions) else "",
        text_html=markdown(options.text) if isinstance(options, StatementOptions) else Markup(),
    )


def _picks(
    field: Field,
    people: Sequence[Person],
    texts: Sequence[str],
    titles: Mapping[str, str],
    typed: Typed | None,
) -> Control:
    """What is chosen and can be chosen, where it is people or cards."""
    chosen: Sequence[Option] = ()
    offered: Sequence[Option] = ()
    unknown: Sequence[str] = ()
    choices = ""
    if field.kind == "users":
        known = {person.id: person.name for person in people}
        labels = called(people)
        chosen = [Option(id=OptionId(each), label=known[each]) for each in texts if each in known]
        many = known if len(known) > MOST_TICKED else ()
        offered = [Option(id=OptionId(each), label=labels[each]) for each in many]
        tried = typed is not None and field.id in typed.texts
        unknown = [each for each in texts if tried and each and each not in known]
    elif isinstance(field.options, ConnectionOptions):
        keys = [key.strip() for text in texts for key in text.split(",") if key.strip()]
        unknown = [key for key in keys if not CARD_KEY.fullmatch(key)]
        chosen = [
            Option(id=OptionId(key), label=f"{key} {titles.get(key, '')}".strip())
            for key in dict.fromkeys(keys)
            if key not in unknown
        ]
        choices = f"/pipes/{field.options.pipe}/choices"
    return Control(
        name=field.id,
        label=field.label,
        control=_kind(field),
        picked=tuple(chosen),
        offered=tuple(offered),
        unknown=", ".join(unknown),
        choices=choices,
    )


def shown_files(value: JsonValue, card: str | None) -> tuple[FileShown, ...]:
    """The files of a value, with where each is if it is with a card."""
    return tuple(
        FileShown(
            id=file.id,
            name=file.name,
            size=in_words(file.bytes),
            address=f"/cards/{card}/attachments/{file.id}" if card is not None else None,
        )
        for file in file_references(value)
    )


def _kind_in_words(kind: str) -> str:
    known = {"image/*": "pictures", "audio/*": "sound", "video/*": "films"}
    return known.get(kind) or kind.removeprefix("application/").upper()


def _limits_of(field: Field) -> str | None:
    """What may be attached, in words."""
    if not isinstance(field.options, AttachmentOptions):
        return None
    options = field.options
    limits = [
        f"At most {options.max_files} {'file' if options.max_files == 1 else 'files'}."
        if options.max_files
        else "",
        f"Each has at most {in_words(options.max_bytes)}." if options.max_bytes else "",
        f"Taken are {', '.join(map(_kind_in_words, options.accept))}." if options.accept else "",
    ]
    return " ".join(each for each in limits if each) or None


def read_typed(fields: Sequence[Field], form: FormData) -> Typed:
    """What a submitted form says about these fields; those it does not name are left out."""
    values: dict[FieldId, JsonValue] = {}
    complaints: dict[FieldId, str] = {}
    texts: dict[FieldId, tuple[str, ...]] = {}
    rows: dict[FieldId, tuple[tuple[str, ...], ...]] = {}
    for field in fields:
        if field.id not in form or field.kind in ("formula", "statement", "attachment"):
            continue
        given = tuple(_plain(text) for text in form.getlist(field.id))
        texts[field.id] = given
        if isinstance(field.options, TableOptions):
            cells = _cells(field, form)
            rows[field.id] = tuple(
                tuple(row.get(column.id, "") for column in field.options.columns) for row in cells
            )
            value = parse_rows(field, cells)
        else:
            value = parse_typed(field, given)
        if isinstance(value, Untypable):
            complaints[field.id] = value.message
        else:
            values[field.id] = value
    return Typed(values=values, complaints=complaints, texts=texts, rows=rows)


def _plain(text: object) -> str:
    return text.replace("\x00", "") if isinstance(text, str) else ""


def _cells(field: Field, form: FormData) -> list[dict[str, str]]:
    """The texts of a table's cells; inputs are named `field.<row>.<column>`."""
    found: dict[int, dict[str, str]] = {}
    for name, text in form.multi_items():
        parts = name.split(".")
        if len(parts) == 3 and parts[0] == field.id and parts[1].isdecimal() and len(parts[1]) < 5:
            found.setdefault(int(parts[1]), {})[parts[2]] = _plain(text)
    return [found[number] for number in sorted(found)]


def _kind(field: Field) -> Kind:
    match field.kind:
        case "long_text":
            return "textarea"
        case "select" | "user" | "team":
            return "select"
        case "checkbox":
            return "checkbox"
        case "radio":
            return "radio"
        case "multi_select" | "checklist":
            return "checks"
        case "users":
            return "people"
        case "connection":
            return "cards"
        case "currency":
            return "currency"
        case "table":
            return "table"
        case "attachment":
            return "files"
        case "formula":
            return "value"
        case "statement":
            return "statement"
        case _:
            return "input"


def _input_type(field: Field) -> str:
    types = {"email": "email", "phone": "tel", "url": "url", "date": "date", "time": "time"}
    return types.get(field.kind, "text")


def _input_mode(field: Field) -> str | None:
    match field.kind:
        case "integer" | "rating":
            return "numeric"
        case "number" | "percent" | "currency":
            return "decimal"
        case _:
            return None


def _options(
    field: Field, people: Sequence[Person], teams: Mapping[TeamId, str]
) -> tuple[Option, ...]:
    if isinstance(field.options, ChoiceOptions):
        return field.options.options
    if field.kind in ("user", "users"):
        return tuple(Option(id=OptionId(person.id), label=person.name) for person in people)
    if field.kind == "team":
        return tuple(Option(id=OptionId(team), label=name) for team, name in teams.items())
    return ()


def _columns(field: Field, people: Sequence[Person]) -> tuple[Control, ...]:
    if not isinstance(field.options, TableOptions):
        return ()
    return tuple(
        make_control(ShownEntry(field=column, required=False, readonly=False), None, people=people)
        for column in field.options.columns
    )


def _rows(field: Field, value: JsonValue) -> tuple[tuple[str, ...], ...]:
    if not isinstance(field.options, TableOptions):
        return ()
    rows = value if isinstance(value, list | tuple) else ()
    columns = field.options.columns
    filled = [
        tuple(typed_texts(column, row.get(column.id))[0] for column in columns)
        for row in rows
        if isinstance(row, Mapping)
    ]
    empty = tuple("" for _ in columns)
    return (*filled, *((empty,) * _EMPTY_ROWS))
