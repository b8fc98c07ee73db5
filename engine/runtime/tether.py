"""Runs a program that does not outlive the process that started it, however that one ends.

Used as a program of its own, `python tether.py PARENT PROGRAM ARGUMENTS…`, so that nothing has to
run between fork and exec in a process with threads. Linux does the work; elsewhere the program
runs all the same, untethered.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Becomes the program."""
    parent, *program = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(parent):  # The parent died before the tether was tied.
            sys.exit(1)
    os.execv(program[0], program)  # noqa: S606 - becoming that program is the purpose.


if __name__ == "__main__":
    main(sys.argv[1:])
