"""Runs every measurement and prints a table: `make bench`."""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from bench import pure, whole
from bench.figures import Figure
from engine.runtime.exits import leave

RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    pure_figures = pure.measure()
    print_all(pure_figures)
    whole_figures = asyncio.run(whole.measure())
    print_all(whole_figures)
    found = [asdict(figure) for figure in (*pure_figures, *whole_figures)]
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


def print_all(figures: list[Figure]) -> None:
    for figure in figures:
        sys.stdout.write(f"{figure.what:<58} {figure.value:>14} {figure.unit}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    leave(main())
