"""A small pipe for tests of the shell: errands, that are to be done within thirty days."""

import hashlib
import json
from collections.abc import Mapping

from engine.workflows.definitions import pin
from engine.workflows.messages import PinnedDefinition
from pipes.identifiers import JsonValue, PipeId

ERRANDS = PipeId("errands")
DOCUMENT: Mapping[str, JsonValue] = {
    "id": ERRANDS,
    "name": "Errands",
    "card": {"noun": "errand", "key": "ERR", "title": "what"},
    "fields": {
        "what": {"type": "short_text", "label": "What is to be done"},
        "notes": {"type": "long_text", "label": "Notes", "always_editable": True},
        "background": {"type": "long_text", "label": "Background"},
        "findings": {"type": "long_text", "label": "Findings"},
        "ticket": {"type": "short_text", "label": "Ticket", "unique": True},
    },
    "start": {"phase": "todo", "form": [{"field": "what", "required": True}, "ticket"]},
    "phases": [
        {
            "id": "todo",
            "name": "To do",
            "sla": {"target": "30d"},
            "form": ["notes", "background", "findings"],
        },
        {"id": "doing", "name": "Doing"},
        {"id": "done", "name": "Done", "final": "done"},
    ],
    "transitions": [
        {"id": "start", "from": "todo", "to": "doing", "label": "Start"},
        {"id": "back", "from": "doing", "to": "todo", "label": "Put back"},
        {"id": "finish", "from": "doing", "to": "done", "label": "Finish"},
    ],
}
HASH = hashlib.sha256(json.dumps(DOCUMENT).encode()).hexdigest()
PINNED: PinnedDefinition = pin(1, HASH, DOCUMENT)
