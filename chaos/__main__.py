"""Runs a round and reports: `make chaos`. Exit code 1 says that a promise was broken."""

import argparse
import asyncio
import contextlib
import random
import shutil
import sys
import tempfile
from pathlib import Path

from chaos.disk import Disk, can_mount
from chaos.report import as_json, as_text
from chaos.round import Order, run_round
from engine.runtime.exits import leave
from tests.servers.postgres import a_cluster

RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    asked = _asked()
    order = Order(seed=asked.seed, seconds=asked.minutes * 60, kills=asked.kills)
    folder = Path(tempfile.mkdtemp(prefix="phaseline-chaos-"))
    store = "PostgreSQL" if asked.postgres else "SQLite"
    said = "a file system in memory that was full"
    disk: Disk | None = None
    with contextlib.ExitStack() as around:
        if can_mount():
            (folder / "data").mkdir()
            disk = Disk(folder / "data")
            disk.mount()
            around.callback(disk.unmount)
        else:
            said = "never full, as this user may not mount one"
        cluster = around.enter_context(a_cluster()) if asked.postgres else None
        sys.stdout.write(f"Seed {order.seed}; logs are in {folder / 'logs'}.\n")
        sys.stdout.flush()
        found = asyncio.run(run_round(order, folder, cluster, disk))
        if disk is not None and not found.is_kept:  # It ends with this process.
            shutil.copytree(disk.folder, folder / "data-at-the-end")
    asked.report.write_text(f"{as_json(order, found, store=store, disk=said)}\n", encoding="utf-8")
    sys.stdout.write(f"{as_text(order, found, store=store, disk=said)}\n")
    if found.is_kept:
        shutil.rmtree(folder)
        return 0
    return 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--kills", type=int, default=300, help="at least so many")
    parser.add_argument("--postgres", action="store_true", help="instead of SQLite")
    parser.add_argument("--report", type=Path, default=RESULTS, help="where the JSON goes")
    return parser.parse_args()


if __name__ == "__main__":
    leave(main())
