"""What a file is: by its first bytes, held against what its name says that it is.

The signatures are those of the WHATWG's MIME Sniffing standard, and of what product teams send
besides. Whatever has a signature must show it; what has none must be text, or is only bytes.
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipes.files.names import ending_of

# More is not looked at.
HEAD = 4_096
UNKNOWN = "application/octet-stream"
# Browsers draw these by themselves, and nothing in them can run.
SHOWN_INLINE = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"))
_PROGRAM = "application/x-executable"

_SIGNATURES: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), kind)
    for pattern, kind in (
        (rb"\x89PNG\r\n\x1a\n", "image/png"),
        (rb"\xff\xd8\xff", "image/jpeg"),
        (rb"GIF8[79]a", "image/gif"),
        (rb"RIFF.{4}WEBP", "image/webp"),
        (rb".{4}ftypavi[fs]", "image/avif"),
        (rb".{4}ftyp(hei[cfms]|mif1)", "image/heic"),
        (rb"BM.{4}\x00\x00\x00\x00", "image/bmp"),
        (rb"II\x2a\x00|MM\x00\x2a", "image/tiff"),
        (rb"%PDF-", "application/pdf"),
        (rb"PK\x03\x04|PK\x05\x06", "application/zip"),
        (rb"\x1f\x8b\x08", "application/gzip"),
        (rb"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (rb"RIFF.{4}WAVE", "audio/wav"),
        (rb"ID3|\xff[\xfb\xf3\xf2]", "audio/mpeg"),
        (rb"fLaC", "audio/flac"),
        (rb"\xff[\xf1\xf9]", "audio/aac"),
        (rb".{4}ftypM4[AB]", "audio/mp4"),
        (rb"OggS", "audio/ogg"),
        (rb".{4}ftypqt", "video/quicktime"),
        (rb".{4}ftyp", "video/mp4"),
        (rb"\x1a\x45\xdf\xa3", "video/webm"),
        (rb"MZ|\x7fELF|\xca\xfe\xba\xbe|\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe", _PROGRAM),
    )
)
_OFFICE = "application/vnd.openxmlformats-officedocument"
# By ending: what it is then, and by which signatures it may be told.
_SIGNED: Mapping[str, tuple[str, frozenset[str]]] = {
    ending: (kind, frozenset(shown.split()))
    for endings, kind, shown in (
        (".png", "image/png", "image/png"),
        (".jpg .jpeg .jfif", "image/jpeg", "image/jpeg"),
        (".gif", "image/gif", "image/gif"),
        (".webp", "image/webp", "image/webp"),
        (".avif", "image/avif", "image/avif"),
        (".heic .heif", "image/heic", "image/heic"),
        (".bmp", "image/bmp", "image/bmp"),
        (".tif .tiff", "image/tiff", "image/tiff"),
        (".pdf", "application/pdf", "application/pdf"),
        (".zip", "application/zip", "application/zip"),
        (".gz .tgz", "application/gzip", "application/gzip"),
        (".7z", "application/x-7z-compressed", "application/x-7z-compressed"),
        (".docx", f"{_OFFICE}.wordprocessingml.document", "application/zip"),
        (".xlsx", f"{_OFFICE}.spreadsheetml.sheet", "application/zip"),
        (".pptx", f"{_OFFICE}.presentationml.presentation", "application/zip"),
        (".odt", "application/vnd.oasis.opendocument.text", "application/zip"),
        (".ods", "application/vnd.oasis.opendocument.spreadsheet", "application/zip"),
        (".odp", "application/vnd.oasis.opendocument.presentation", "application/zip"),
        (".sketch", "application/zip", "application/zip"),
        (".doc", "application/msword", "application/x-ole-storage"),
        (".xls", "application/vnd.ms-excel", "application/x-ole-storage"),
        (".ppt", "application/vnd.ms-powerpoint", "application/x-ole-storage"),
        (".msg", "application/vnd.ms-outlook", "application/x-ole-storage"),
        (".wav", "audio/wav", "audio/wav"),
        (".mp3", "audio/mpeg", "audio/mpeg"),
        (".flac", "audio/flac", "audio/flac"),
        (".aac", "audio/aac", "audio/aac"),
        (".m4a", "audio/mp4", "audio/mp4 video/mp4"),
        (".ogg .oga .opus", "audio/ogg", "audio/ogg"),
        (".ogv", "video/ogg", "audio/ogg"),
        (".mp4 .m4v", "video/mp4", "video/mp4 audio/mp4"),
        (".mov", "video/quicktime", "video/quicktime video/mp4"),
        (".webm", "video/webm", "video/webm"),
        (".mkv", "video/x-matroska", "video/webm"),
    )
    for ending in endings.split()
}
_TEXTS: Mapping[str, str] = {
    ".txt": "text/plain",
    ".log": "text/plain",
    ".md": "text/markdown",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".xml": "application/xml",
    ".html": "text/html",
    ".htm": "text/html",
    ".svg": "image/svg+xml",
    ".eml": "message/rfc822",
    ".ics": "text/calendar",
    ".vtt": "text/vtt",
    ".srt": "text/plain",
}
_PROGRAMS = frozenset(
    [
        ".exe",
        ".com",
        ".scr",
        ".msi",
        ".bat",
        ".cmd",
        ".ps1",
        ".vbs",
        ".vbe",
        ".js",
        ".jse",
        ".wsf",
        ".hta",
        ".lnk",
        ".jar",
        ".apk",
        ".dll",
        ".sh",
        ".reg",
        ".pif",
        ".cpl",
        ".iso",
        ".img",
    ]
)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What is in the file is not what its name says, or is nothing that is taken."""

    message: str


def judge_type(name: str, head: bytes) -> str | Mismatch:
    """The media type of a file, by its name and its first bytes."""
    ending, shown = ending_of(name), _signature_of(head)
    if shown == _PROGRAM or ending in _PROGRAMS:
        return Mismatch(f"“{name}” is a program; programs are not taken.")
    if ending in _SIGNED:
        kind, signatures = _SIGNED[ending]
        return kind if shown in signatures else _contradiction(name, kind, shown)
    if ending in _TEXTS:
        is_text = shown is None and _reads_as_text(head)
        return _TEXTS[ending] if is_text else _contradiction(name, _TEXTS[ending], shown)
    return shown or UNKNOWN


def _signature_of(head: bytes) -> str | None:
    return next((kind for pattern, kind in _SIGNATURES if pattern.match(head)), None)


def _contradiction(name: str, kind: str, shown: str | None) -> Mismatch:
    found = f"what is in it is {shown}" if shown else "what is in it is something else"
    return Mismatch(f"By its name “{name}” is {kind}, but {found}. Was it renamed?")


def _reads_as_text(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    return b"\x00" not in head
