"""A disk for the data folder that can be full: a file system in memory, of this process alone."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_ROOM = "2g"
_TRIES = 20


def can_mount() -> bool:
    """Gives this process mounts of its own, where it may; whether it has them.

    They end with the last process that was started from here. No thread may have been started yet.
    """
    try:
        os.unshare(os.CLONE_NEWNS)
    except OSError:
        return False
    private = ["mount", "--make-rprivate", "/"]
    return subprocess.run(private, check=False, capture_output=True).returncode == 0


@dataclass(frozen=True, slots=True)
class Disk:
    """A mounted file system: `tmpfs`, whose size can be changed while it is used."""

    folder: Path

    def mount(self) -> None:
        """Puts it in the folder's place."""
        _run("mount", "-t", "tmpfs", "-o", f"size={_ROOM}", "phaseline-chaos", str(self.folder))

    def unmount(self) -> None:
        """Takes it away, with everything on it."""
        _run("umount", "--lazy", str(self.folder))

    def fill(self) -> None:
        """Leaves no room: whoever wants another page is told that the disk is full (`ENOSPC`)."""
        for attempt in range(1, _TRIES + 1):
            held = os.statvfs(self.folder)
            used = (held.f_blocks - held.f_bfree) * held.f_frsize
            try:
                return self._resize(str(used))
            except subprocess.CalledProcessError:  # More was written meanwhile.
                if attempt == _TRIES:
                    raise
        return None

    def free(self) -> None:
        """Makes room again."""
        self._resize(_ROOM)

    def _resize(self, size: str) -> None:
        _run("mount", "-o", f"remount,size={size}", str(self.folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
