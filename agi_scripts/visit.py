"""What a walk through a flow asks of one call's surroundings: the hours, look-ups, a message."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from agi_scripts.context import CallContext
from calls.errors import SessionOver
from calls.events import CallbackSource
from ivr.hours import closes_at, hours_states
from ivr.lookup import Answer, LookUpOutcome, fill_url
from ivr.model import Hours, LookUpNode
from ivr.ports import TakenMessage
from ivr.steps import Values
from recording.recorder import MESSAGE, SAMPLE_RATE

LEAST_MESSAGE_SECONDS = 1.3
"""Asterisk leaves a second of the silence that ended a recording: what is not longer holds nothing."""

_SAMPLE_BYTES = 2


class CallVisit:
    """Implements `ivr.ports.Visit` for one call."""

    def __init__(self, context: CallContext) -> None:
        self._context = context

    def hours(self, hours_id: str | None) -> tuple[str, ...]:
        """Return what is true of these hours now (None: the line's), the strongest first."""
        definitions = self._context.definitions
        return hours_states(self._hours(hours_id), self._context.office.clock(), definitions.zone, definitions.calendar)

    def closes_at(self, hours_id: str | None) -> datetime | None:
        """Return when these hours are over next; None where that is not today or tomorrow."""
        definitions = self._context.definitions
        return closes_at(self._hours(hours_id), self._context.office.clock(), definitions.zone, definitions.calendar)

    def _hours(self, hours_id: str | None) -> Hours | None:
        definitions = self._context.definitions
        line = definitions.lines.get(self._context.call.dnis)
        name = hours_id or (line.hours if line else None)
        return definitions.hours[name] if name else None

    async def look_up(self, node: LookUpNode, values: Values) -> Answer:
        """Look something up, within the node's time. Raises SessionOver when the caller leaves meanwhile."""
        if node.table is not None:
            table = self._context.definitions.tables.get(node.table)
            return table.look_up(values.get(node.key, ""), node.column) if table else Answer(LookUpOutcome.FAILED)
        assert node.url is not None
        call_id, session = self._context.call.call_id, self._context.session
        asking = asyncio.create_task(
            self._context.office.fetcher.fetch(fill_url(node.url, values), node.field, node.timeout_seconds),
            name=f"look up {call_id}",
        )
        leaving = asyncio.create_task(session.wait_over(), name=f"leave {call_id}")
        try:
            await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise SessionOver("the session ended while something was looked up")
            return asking.result()
        finally:
            asking.cancel()
            leaving.cancel()
            await asyncio.gather(asking, leaving, return_exceptions=True)

    def call_back(self, number: str, due_at: datetime) -> None:
        """Have this number called back by the city's queue for that; where there is none it is a duty on a list."""
        policy, call = self._context.definitions.callbacks, self._context.call
        call.to_call_back = True
        dialable = policy.dialable(number)
        if policy.queue is not None and dialable is not None:
            self._context.office.callbacks.note(call, dialable, policy.queue, CallbackSource.MENU, due_at)

    async def take_message(self, language: str, max_seconds: int, silence_seconds: int) -> TakenMessage | None:
        """Record what the caller says, after a tone; None when nothing was said. It is finished in the background."""
        context = self._context
        plan = context.new_recording(MESSAGE)
        raw = plan.raw_path(context.office.recordings_dir)
        try:
            recorded = await context.voice.record(raw.with_suffix(""), max_seconds, silence_seconds)
            seconds = await asyncio.to_thread(_seconds_or_gone, raw)
        finally:
            context.office.finish_recording(context.call.call_id, plan)
        if seconds is None and recorded.hung_up:
            raise SessionOver("the caller hung up without a message")
        return None if seconds is None else TakenMessage(plan.recording_id, seconds, recorded.hung_up)


def _seconds_or_gone(raw: Path) -> float | None:
    """Return how long the message is; a file that holds none is removed."""
    try:
        seconds = raw.stat().st_size / _SAMPLE_BYTES / SAMPLE_RATE
        if seconds < LEAST_MESSAGE_SECONDS:
            raw.unlink()
            return None
    except OSError:
        return None
    return round(seconds, 1)
