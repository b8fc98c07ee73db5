"""What a round was, for people and for programs."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from chaos.round import Order, Round, Struck


def as_text(order: Order, round_: Round, *, store: str, disk: str) -> str:
    """The report as people read it."""
    killed = Counter(
        part for each in round_.struck if each.blow.kind == "kill" for part in each.hit
    )
    kinds = Counter(each.blow.kind for each in round_.struck)
    lines = [
        f"Seed {order.seed}, {order.seconds:.0f} s on {store}; began {round_.began:%F %T} UTC.",
        "",
        *(_struck_in_words(each) for each in round_.struck),
        "",
        f"Killed: {round_.kills} ({_listed(killed)}).",
        f"Also: {_listed({kind: count for kind, count in kinds.items() if kind != 'kill'})}.",
        f"The disk: {disk}.",
        f"Ended by themselves: {_listed(round_.ended_by_themselves)}.",
        f"Counted: {_listed(round_.counts)}.",
        f"Answers: {_listed(round_.ledger.answers)}.",
        f"At rest {round_.rest_after:.1f} s after the load had ended.",
        "",
        *(verdict.in_words() for verdict in round_.verdicts),
    ]
    return "\n".join(lines)


def as_json(order: Order, round_: Round, *, store: str, disk: str) -> str:
    """The same for programs."""
    told: dict[str, Any] = {
        **asdict(order),
        "store": store,
        "disk": disk,
        "began": round_.began.isoformat(),
        "blows": [asdict(each) for each in round_.struck],
        "kills": round_.kills,
        "ended_by_themselves": round_.ended_by_themselves,
        "counts": round_.counts,
        "answers": dict(round_.ledger.answers),
        "rest_after": round(round_.rest_after, 3),
        "verdicts": [{**asdict(each), "is_kept": each.is_kept} for each in round_.verdicts],
        "is_kept": round_.is_kept,
    }
    return json.dumps(told, indent=2)


def _struck_in_words(struck: Struck) -> str:
    blow = struck.blow
    whom = ", ".join(struck.hit) or ("the disk" if blow.kind == "fill" else "nobody was there")
    by = f" by {blow.ahead:+d} s" if blow.kind == "skew" else ""
    return f"{struck.fell_at:8.1f} s  {blow.kind:<5} {whom}{by}, for {blow.seconds:.1f} s"


def _listed(counted: dict[Any, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counted.items())) or "nothing"
