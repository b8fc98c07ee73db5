"""Faults of the text and of its grammar."""

from tests.pipes.faults.making import CREATED, a_fault, sound, with_text

OF_THE_TEXT = [
    a_fault("TOO_LARGE", "", b" " * 1_000_001, sound() + b" " * 900_000),
    a_fault("NOT_UTF8", "", with_text('"description": "\xe9"').decode().encode("latin-1"),
           with_text('"description": "\xe9"')),
    a_fault("BYTE_ORDER_MARK", "", b"\xef\xbb\xbf" + sound(), with_text('"description": "\ufeff"')),
    a_fault("NOT_JSON", "", sound()[:-1], sound() + b"\n\n"),
    a_fault("TOO_DEEP", "/0" * 100, b"[" * 101 + b"]" * 101, with_text('"description": "[[[[["')),
    a_fault("DUPLICATE_NAME", "/name", with_text('"name": "A"'), with_text('"description": "A"')),
    a_fault("BAD_NUMBER", "/fields/effort/maximum",
           sound().replace(b'"minimum": 0', b'"maximum": 1e999'),
           sound().replace(b'"minimum": 0', b'"maximum": 1e99')),
    a_fault("BAD_TEXT", "/description", with_text(r'"description": "\u0000"'),
           with_text(r'"description": "\u0009"')),
]  # fmt: skip

OF_THE_GRAMMAR = [
    a_fault(
        "UNKNOWN_SCHEMA",
        "/$schema",
        lambda d: d.update({"$schema": "https://json-schema.org/pipe.json"}),
        lambda d: d.update({"$schema": "https://pipes.example/schemas/pipe.json"}),
    ),
    a_fault(
        "UNKNOWN_PROPERTY",
        "/phases/0/requird",
        lambda d: d["phases"][0].update(requird=True),
        lambda d: d["phases"][0].update(description="requird"),
    ),
    a_fault(
        "MISSING_PROPERTY",
        "/phases/0",
        lambda d: d["phases"][0].pop("name"),
        lambda d: d["phases"][0].pop("form"),
    ),
    a_fault(
        "WRONG_TYPE",
        "/phases/0/form",
        lambda d: d["phases"][0].update(form="name"),
        lambda d: d["phases"][0].update(form=["effort"]),
    ),
    a_fault(
        "UNKNOWN_VALUE",
        "/phases/2/final",
        lambda d: d["phases"][2].update(final="finished"),
        lambda d: d["phases"][3].update(final="done"),
    ),
    a_fault(
        "BAD_FORMAT",
        "/card/key",
        lambda d: d["card"].update(key="feat"),
        lambda d: d["card"].update(key="FEAT2"),
    ),
    a_fault(
        "OUT_OF_RANGE",
        "/phases/0/wip_limit/cards",
        lambda d: d["phases"][0].update(wip_limit={"cards": 0}),
        lambda d: d["phases"][0].update(wip_limit={"cards": 1}),
    ),
    a_fault(
        "REPEATED_ITEM",
        "/transitions/3/from",
        lambda d: d["transitions"][3].update({"from": ["concept", "concept"]}),
        lambda d: d["transitions"][3].update({"from": ["concept", "design"]}),
    ),
    a_fault(
        "BAD_DURATION",
        "/phases/0/stale_after",
        lambda d: d["phases"][0].update(stale_after="40000d"),
        lambda d: d["phases"][0].update(stale_after="4000d"),
    ),
    a_fault(
        "BAD_INSTANT",
        "/scenarios/0/at",
        lambda d: d.update(
            scenarios=[{"name": "Story", "at": "2026-02-30T10:00:00Z", "steps": [CREATED]}]
        ),
        lambda d: d.update(
            scenarios=[{"name": "Story", "at": "2026-02-28T10:00:00Z", "steps": [CREATED]}]
        ),
    ),
]
