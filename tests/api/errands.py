"""A small pipe with everything that the API's tests ask for: a guard, a comment, a secret."""

from typing import Any

ERRANDS: dict[str, Any] = {
    "id": "errands",
    "name": "Errands",
    "card": {"noun": "errand", "key": "ERR", "title": "what"},
    "fields": {
        "what": {"type": "short_text", "label": "What", "max_length": 80},
        "where": {"type": "short_text", "label": "Where", "max_length": 80, "index": True},
        "price": {"type": "number", "label": "Price", "minimum": 0},
        "tip": {
            "type": "short_text",
            "label": "Tip",
            "index": True,
            "editable": "always",
            "confidential": ["role:admin", "creator"],
        },
    },
    "start": {"phase": "asked", "form": [{"field": "what", "required": True}, "where", "tip"]},
    "phases": [
        {
            "id": "asked",
            "name": "Asked",
            "form": [
                {"field": "what", "required": True},
                {"field": "where", "required": True},
                {"field": "price", "required": True},
                "tip",
            ],
            "sla": {"target": "3d"},
        },
        {"id": "under-way", "name": "Under way", "form": ["price"]},
        {"id": "run", "name": "Run", "final": "done"},
        {"id": "dropped", "name": "Dropped", "final": "cancelled"},
    ],
    "transitions": [
        {
            "id": "set-out",
            "from": "asked",
            "to": "under-way",
            "label": "Set out",
            "when": [
                {"if": {"<=": [{"var": "fields.price"}, 100]}, "else": "Too dear: at most 100."}
            ],
        },
        {"id": "come-back", "from": "under-way", "to": "run", "label": "Come back"},
        {"id": "turn-round", "from": "under-way", "to": "asked", "label": "Turn round"},
        {
            "id": "drop",
            "from": "*",
            "to": "dropped",
            "label": "Drop",
            "comment": "required",
        },
    ],
}
