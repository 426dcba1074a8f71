"""Ends a leg from which nothing can be expected, although no SIP response says so.

Two kinds: a trunk that does not say a word to an INVITE (SIP itself would wait 32 seconds, RFC 3261 timer B), and a
line that answers and from which no sound comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from agi_scripts.office import Switchboard
from calls.legs import LegAnswered, LegFact, LegRang, LegStarted
from transfer.attempt import NO_SOUND, TRUNK_SILENT
from transfer.rules import TransferRules

log = structlog.get_logger(__name__)


class LineWatch:
    """Watches one leg from dialling on. What it can't find out, for want of the control link, it takes for well."""

    def __init__(self, switchboard: Switchboard, caller_channel: str, rules: TransferRules) -> None:
        self._switchboard = switchboard
        self._caller_channel = caller_channel
        self._rules = rules
        self._task: asyncio.Task[None] | None = None
        self.reason = ""
        "Why the leg was ended here; empty where it was not."

    def hear(self, fact: LegFact) -> None:
        """Take a fact of the leg."""
        match fact:
            case LegStarted():
                self._watch(self._response(fact.channel), fact)
            case LegRang():
                self._stop()
            case LegAnswered():
                self._stop()
                if self._rules.dead_line_seconds and fact.channel:
                    self._watch(self._sound(fact.channel), fact)

    async def close(self) -> None:
        """End the watch."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    # -- private -----------------------------------------------------------------------------------

    async def _response(self, leg: str) -> None:
        """Wait for any SIP response to the leg's INVITE; Asterisk notes them on the channel that dials."""
        await asyncio.sleep(self._rules.silent_trunk_seconds)
        heard_of = await self._switchboard.read_variable(self._caller_channel, "HANGUPCAUSE_KEYS()")
        if heard_of is not None and leg not in heard_of.split(","):
            self._give_up(leg, TRUNK_SILENT)

    async def _sound(self, leg: str) -> None:
        """Count the packets of sound from the moment of the answer on: early media does not make a line alive."""
        before = await self._packets(leg)
        await asyncio.sleep(self._rules.dead_line_seconds)
        after = await self._packets(leg)
        if before is not None and before == after:
            self._give_up(leg, NO_SOUND)

    async def _packets(self, leg: str) -> int | None:
        text = await self._switchboard.read_variable(leg, "CHANNEL(rtcp,rxcount)")
        return int(text) if text and text.isascii() and text.isdigit() else None

    def _give_up(self, leg: str, reason: str) -> None:
        self.reason = reason
        log.warning("dead_line_given_up", channel=leg, reason=reason)
        self._switchboard.hang_up_leg(leg)

    def _watch(self, work: Coroutine[Any, Any, None], fact: LegFact) -> None:
        self._task = asyncio.create_task(work, name=f"line watch {fact.call_id}")

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
