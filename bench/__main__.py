"""Runs every measurement and prints a table: `make bench`."""

import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench import clocks, pure, whole
from bench.figures import Figure
from engine.runtime.exits import leave

RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    found = pure.measure()
    print_all(found)
    with tempfile.TemporaryDirectory() as folder:
        floor = asyncio.run(whole.measure_floor(Path(folder)))
    for measuring in (whole.measure, clocks.measure):
        figures = asyncio.run(measuring(floor))
        print_all(figures)
        found += figures
    text = json.dumps([asdict(figure) for figure in found], indent=2)
    RESULTS.write_text(f"{text}\n", encoding="utf-8")
    return 0


def print_all(figures: list[Figure]) -> None:
    for figure in figures:
        sys.stdout.write(f"{figure.what:<58} {figure.value:>14} {figure.unit}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    leave(main())
