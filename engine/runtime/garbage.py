"""How the garbage collector works in processes that answer people."""

import gc


def quieten() -> None:
    """Leaves alone what was made at start, and looks at the rest rarely.

    A full collection stops everything for tens of milliseconds; what is needed for a request is
    freed without it, by reference counts.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
