"""Names of files that are harmless wherever they are shown or saved."""

import re
import unicodedata

LONGEST_NAME = 150
_UNWANTED = re.compile(r'[<>:"|?*%]')
_SPACES = re.compile(r"\s+")
# Windows takes these for devices, whatever follows the dot.
_DEVICES = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
_LONGEST_ENDING = 12


def safe_name(given: str) -> str:
    """The name without folders, control and direction marks, and what file systems trip over."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    visible = "".join(" " if letter.isspace() else letter for letter in last)
    visible = "".join(letter for letter in visible if unicodedata.category(letter)[0] != "C")
    name = _SPACES.sub(" ", _UNWANTED.sub("_", visible)).strip(" .")
    if _DEVICES.match(name):
        name = f"_{name}"
    return _shortened(name) or "file"


def ending_of(name: str) -> str:
    """What follows the last dot, in small letters and with the dot; empty if there is none."""
    _, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot and ending.isalnum() else ""


def _shortened(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    ending = ending_of(name)[:_LONGEST_ENDING]
    return name[: LONGEST_NAME - len(ending)].rstrip(" .") + ending
