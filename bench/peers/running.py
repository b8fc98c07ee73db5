"""Running the peers: packages of their own, pinned, in an environment that only the bench has."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).parent
_LOCK = _HERE / "peers.lock"
_HOME = _HERE / ".venv"
_UV = Path(sys.executable).parent / "uv"


def install() -> None:
    """Makes the peers' environment, or brings it up to date."""
    if not _HOME.exists():
        subprocess.run([_UV, "venv", "--quiet", "--python", sys.executable, _HOME], check=True)
    subprocess.run(
        [_UV, "pip", "sync", "--quiet", "--require-hashes", "--python", _python(), _LOCK],
        check=True,
    )


async def measured[Found](script: str, kind: type[Found]) -> Found:
    """What a peer's script found."""
    process = await asyncio.create_subprocess_exec(
        _python(), _HERE / script, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{script} failed; see above.")
    found = json.loads(out)
    if not isinstance(found, kind):
        raise TypeError(f"{script} gave no {kind.__name__}.")
    return found


def _python() -> Path:
    return _HOME / "bin" / "python"
