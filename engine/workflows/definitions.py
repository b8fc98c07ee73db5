"""Definitions as cards carry them, and ready to decide by: compiled once a process however many
cards run them.

Nothing here is a card's state: what is kept is named by the hash of what it was made of, so every
replay gets the same.
"""

import base64
import json
import zlib
from collections.abc import Mapping

from engine.workflows.messages import PinnedDefinition
from pipes.building import definition_from_document
from pipes.forms import CompiledPipe
from pipes.identifiers import JsonValue

_KEPT = 256
_compiled: dict[str, CompiledPipe] = {}


def pin(version: int, digest: str, document: Mapping[str, JsonValue]) -> PinnedDefinition:
    """The definition for a card to carry. Scenarios stay behind: they tell cards nothing."""
    needed = {name: part for name, part in document.items() if name != "scenarios"}
    text = json.dumps(needed, separators=(",", ":"), ensure_ascii=False)
    packed = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    return PinnedDefinition(version=version, hash=digest, packed=packed)


def compiled(pinned: PinnedDefinition) -> CompiledPipe:
    """The definition with all that can be worked out of it once."""
    known = _compiled.get(pinned.hash)
    if known is not None:
        return known
    document = json.loads(zlib.decompress(base64.b64decode(pinned.packed)))
    pipe = CompiledPipe(definition=definition_from_document(document))
    while len(_compiled) >= _KEPT:
        del _compiled[next(iter(_compiled))]
    _compiled[pinned.hash] = pipe
    return pipe
