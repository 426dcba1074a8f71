"""Free ports on this machine for actors, handed out once each."""

from __future__ import annotations

import itertools
import random
import socket

LOOPBACK = "127.0.0.1"

FIRST_PORT = 10_000
LAST_PORT = 18_999
"Below the kernel's own range and below Asterisk's default RTP range (21000 and up), so that neither can be in the way."

_handed_out: set[int] = set()
_share = (0, 1)


class NoFreePortError(Exception):
    """No block of free ports was found for an actor."""


def keep_to(share: int, shares: int) -> None:
    """Hand out ports of this share only: processes side by side would find the same port free at the same moment."""
    global _share
    _share = (share, shares)


def reserve_ports(count: int) -> int:
    """Return the first of `count` consecutive ports, free for UDP and TCP, starting at an even number.

    The sockets that prove it are closed again, because the actor is another program; a port is never handed out twice
    by one process.
    """
    share, shares = _share
    size = (LAST_PORT + 1 - FIRST_PORT) // shares // 2 * 2
    first = FIRST_PORT + share * size
    bases = range(first, first + size - count, 2)
    start = random.randrange(max(len(bases), 1))
    for base in itertools.islice(itertools.cycle(bases), start, start + len(bases)):
        block = range(base, base + count)
        if _handed_out.isdisjoint(block) and all(_is_free(port) for port in block):
            _handed_out.update(block)
            return base
    raise NoFreePortError(f"no {count} consecutive free ports between {FIRST_PORT} and {LAST_PORT}")


def release_ports(base: int, count: int) -> None:
    """Give back the ports of an actor that has ended."""
    _handed_out.difference_update(range(base, base + count))


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                return False
    return True
