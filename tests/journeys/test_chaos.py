"""A short round of `make chaos`: one kill of each kind, and nothing is lost or doubled."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Its plan has everything in it within half a minute.
SEED, MINUTES, KILLS = 7, 0.4, 8


def test_a_short_round_keeps_every_promise(tmp_path: Path):
    report = tmp_path / "report.json"
    wish = ["--seed", str(SEED), "--minutes", str(MINUTES), "--kills", str(KILLS)]
    done = subprocess.run(
        [sys.executable, "-m", "chaos", *wish, "--report", str(report)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(report.read_text())

    assert told["seed"] == SEED
    assert told["is_kept"]
    assert told["kills"] >= KILLS
    assert {blow["blow"]["kind"] for blow in told["blows"]} >= {"kill", "pause", "skew"}
