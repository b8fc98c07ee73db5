"""The exit code of a test run is that of its tests.

A process that has used Temporal's SDK may abort while the interpreter shuts down, with exit code
134 or 139 after all tests have passed. So each test process leaves before that: after everything
that was registered to run at exit, which is why this plug-in registers itself when it is loaded.
"""

import atexit
import os
import sys

import pytest

_statuses: list[int] = []


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    _statuses.append(int(session.exitstatus))


@atexit.register
def _leave() -> None:
    if _statuses:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_statuses[-1])
