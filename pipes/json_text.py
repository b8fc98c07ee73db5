"""JSON text read with care: every value's place, and everything that is wrong with the text.

The standard parser forgets places, lets a name stand twice, and takes 1e999 for a number.
"""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipes.document import escaped
from pipes.findings import Finding, FindingCode, report
from pipes.identifiers import JsonValue

MOST_BYTES = 1_000_000
DEEPEST = 100
MOST_FINDINGS = 200

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line and a column of the text, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonText:
    """What was read; `value` is meaningful only if no finding is an error.

    Attributes:
        offsets: For every value's JSON pointer where in the text it begins.
    """

    text: str
    value: JsonValue
    offsets: Mapping[str, int]
    findings: tuple[Finding, ...]

    def place(self, pointer: str) -> Place:
        """Where the value at a pointer begins; of what is not there, where its parent does."""
        while pointer not in self.offsets and pointer:
            pointer = pointer.rpartition("/")[0]
        offset = self.offsets.get(pointer, 0)
        line = self.text.count("\n", 0, offset) + 1
        return Place(line=line, column=offset - self.text.rfind("\n", 0, offset))


def read_json(source: bytes | str) -> JsonText:
    """Reads JSON text; whatever is wrong with it becomes findings."""
    if isinstance(source, bytes):
        if len(source) > MOST_BYTES:
            return _refused(
                FindingCode.TOO_LARGE,
                f"The file has {len(source)} bytes; {MOST_BYTES} are the most.",
            )
        try:
            text = source.decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            message = f"Byte {problem.start} is not UTF-8; save the file as UTF-8."
            return _refused(FindingCode.NOT_UTF8, message)
    else:
        text = source
        if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
            return _refused(FindingCode.TOO_LARGE, f"A definition has at most {MOST_BYTES} bytes.")
    reader = _Reader(text)
    if isinstance(source, bytes) and source.startswith(BOM_UTF8):
        message = "The file begins with a byte order mark, which JSON does not have."
        reader.findings.append(report(FindingCode.BYTE_ORDER_MARK, "", message))
    try:
        value = reader.document()
    except _Stop:
        value = None
    return JsonText(text=text, value=value, offsets=reader.offsets, findings=tuple(reader.findings))


def _refused(code: FindingCode, message: str) -> JsonText:
    return JsonText(text="", value=None, offsets={}, findings=(report(code, "", message),))


class _Stop(Exception):
    """Nothing more can be read; the finding has been made."""


@dataclass(slots=True)
class _Reader:
    """One reading, from left to right."""

    text: str
    at: int = 0
    offsets: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def document(self) -> JsonValue:
        value = self.value("", 1)
        self.space()
        if self.at < len(self.text):
            raise self.broken("", "Nothing may follow after the end of the document")
        return value

    def space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def broken(self, pointer: str, message: str) -> _Stop:
        line = self.text.count("\n", 0, self.at) + 1
        column = self.at - self.text.rfind("\n", 0, self.at)
        place = f"line {line}, column {column}"
        self.offsets.setdefault(pointer, self.at)
        self.findings.append(report(FindingCode.NOT_JSON, pointer, f"{message} ({place})."))
        return _Stop()

    def value(self, pointer: str, depth: int) -> JsonValue:
        self.space()
        if depth > DEEPEST:
            self.offsets[pointer] = self.at
            self.findings.append(
                report(FindingCode.TOO_DEEP, pointer, f"JSON may be nested {DEEPEST} deep here.")
            )
            raise _Stop
        self.offsets[pointer] = self.at
        first = self.text[self.at : self.at + 1]
        match first:
            case "{":
                return self.object(pointer, depth)
            case "[":
                return self.array(pointer, depth)
            case '"':
                return self.string(pointer)
            case "":
                raise self.broken(pointer, "The text ends where a value is expected")
            case _:
                return self.word_or_number(pointer)

    def object(self, pointer: str, depth: int) -> JsonValue:
        found: dict[str, JsonValue] = {}
        self.at += 1
        self.space()
        if self.text[self.at : self.at + 1] == "}":
            self.at += 1
            return found
        while True:
            self.space()
            if self.text[self.at : self.at + 1] != '"':
                raise self.broken(pointer, "A name in double quotes is expected here")
            name = self.string(pointer)
            inner = f"{pointer}/{escaped(name)}"
            self.space()
            if self.text[self.at : self.at + 1] != ":":
                raise self.broken(pointer, f"A colon is expected after “{name[:60]}”")
            self.at += 1
            if name in found and len(self.findings) < MOST_FINDINGS:
                self.findings.append(
                    report(FindingCode.DUPLICATE_NAME, inner, f"“{name[:60]}” stands here twice.")
                )
            found[name] = self.value(inner, depth + 1)
            if self.ends(pointer, "}"):
                return found

    def array(self, pointer: str, depth: int) -> JsonValue:
        found: list[JsonValue] = []
        self.at += 1
        self.space()
        if self.text[self.at : self.at + 1] == "]":
            self.at += 1
            return found
        while True:
            found.append(self.value(f"{pointer}/{len(found)}", depth + 1))
            if self.ends(pointer, "]"):
                return found

    def ends(self, pointer: str, closing: str) -> bool:
        """Whether the object or list ends here; else a comma is passed."""
        self.space()
        mark = self.text[self.at : self.at + 1]
        if mark not in (closing, ","):
            raise self.broken(pointer, f"A comma or `{closing}` is expected here")
        self.at += 1
        return mark == closing

    def string(self, pointer: str) -> str:
        match = _STRING.match(self.text, self.at)
        if match is None:
            raise self.broken(pointer, "The text that begins here does not end as it should")
        self.at = match.end()
        inner = match[1]
        if "\\" not in inner:
            return inner
        read: str = json.loads(match[0])
        if "\x00" in read:
            message = "The text has a NUL character (\\u0000), which cannot be kept."
            self.findings.append(report(FindingCode.BAD_TEXT, pointer, message))
        if any("\ud800" <= letter <= "\udfff" for letter in read):
            self.at = match.start()
            raise self.broken(pointer, "The text has half of a character (a lone surrogate)")
        return read

    def word_or_number(self, pointer: str) -> JsonValue:
        for word, meaning in _WORDS.items():
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return meaning
        match = _NUMBER.match(self.text, self.at)
        if match is None:
            found = self.text[self.at : self.at + 20].split("\n")[0]
            raise self.broken(pointer, f"“{found}” is no JSON value")
        self.at = match.end()
        return self.number(match, pointer)

    def number(self, match: re.Match[str], pointer: str) -> JsonValue:
        digits = match[0]
        if match[1] is None and match[2] is None and len(digits) <= 17:
            return int(digits)
        number = float(digits)
        if number in (float("inf"), float("-inf")):
            self.findings.append(
                report(
                    FindingCode.BAD_NUMBER,
                    pointer,
                    f"{digits[:30]} is larger than any number here.",
                )
            )
            return 0
        return number
