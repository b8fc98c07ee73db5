"""Runs the measurements and prints a table: `make bench`, or `make bench ONLY=pages`."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping

from bench import clocks, long, moves, pages, processes, pure, report
from bench.figures import Row
from bench.peers.running import install
from engine.runtime.exits import leave

GROUPS: Mapping[str, Callable[[], Awaitable[list[Row]]]] = {
    "pure": pure.measure,
    "moves": moves.measure,
    "pages": pages.measure,
    "clocks": clocks.measure,
    "long": long.measure,
    "processes": processes.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=sorted(GROUPS), help="one group of rows")
    parser.add_argument(
        "--write", action="store_true", help="write the table of docs/performance.md"
    )
    asked = parser.parse_args()
    install()
    found: list[Row] = []
    for name, measure in GROUPS.items():
        if asked.only in (None, name):
            rows = asyncio.run(_measured(measure))
            report.show(rows)
            found += rows
    report.keep(found)
    if asked.write:
        report.write_page(found)
    missed = sum(row.met is False for row in found)
    sys.stdout.write(f"{missed} of {sum(row.met is not None for row in found)} targets missed.\n")
    return 0


async def _measured(measure: Callable[[], Awaitable[list[Row]]]) -> list[Row]:
    return await measure()


if __name__ == "__main__":
    leave(main())
