"""How a process ends: with its true exit code.

A process that has used Temporal's SDK may abort while the interpreter is torn down, after
everything went well (temporalio/sdk-python#300). It leaves without being torn down instead.
"""

import logging
import os
import sys
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """Writes out what is buffered and ends the process; clients have been closed before."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        # The reader of a pipe may be gone; that is no reason to end with another code.
        try:
            stream.flush()
        except OSError:
            continue
    os._exit(code)
