"""Which ports a worker of pytest uses: workers side by side never look at the same one."""

from __future__ import annotations

import os

SHARES = 5
"""More workers than that share some."""

FIRST_BASE, LAST_BASE = 19_000, 19_999
"""Port bases of towns: above the actors' ports; speech (1,000 to 6,999 higher) is still below the kernel's range."""


def share() -> int:
    """Return this worker's share; any of them where pytest has no workers."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    return (int(worker) if worker else os.getpid()) % SHARES


def port_bases() -> range:
    """Return the port bases that this worker's towns may have."""
    size = (LAST_BASE + 1 - FIRST_BASE) // SHARES
    first = FIRST_BASE + share() * size
    return range(first, first + size, 10)
