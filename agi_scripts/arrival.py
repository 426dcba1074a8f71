"""From picking up to the first flow: who is calling, what is said first, which rule decides."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from agi_scripts.context import CallContext
from agi_scripts.wishes import Done, Walk, Wish
from calls.events import CallerClassified, EndedBy, LanguageChosen, NoticePlayed, TopicSet
from ivr.arrival import House, arrive
from ivr.callers import PastCalls
from ivr.model import Line, SystemPrompt

PAST_SECONDS = 0.5
"""Longest wait for the records of earlier calls: they help, and no call depends on them."""

log = structlog.get_logger(__name__)


async def begin(context: CallContext) -> Wish:
    """Pick up and return what the call is given first."""
    definitions, call = context.definitions, context.call
    remembering = asyncio.create_task(_past_calls(context), name=f"past calls {call.call_id}")
    try:
        await context.session.answer_at_once()
        line = definitions.lines.get(call.dnis)
        if line is None:
            call.closed = True
            return Done(EndedBy.SERVICE, (SystemPrompt.UNKNOWN_LINE,))
        past = await remembering
    finally:
        remembering.cancel()
    return _given(context, line, past)


async def _past_calls(context: CallContext) -> PastCalls:
    call = context.call
    if not call.ani:
        return PastCalls()
    try:
        async with asyncio.timeout(PAST_SECONDS):
            return await context.office.past_calls(call.ani, call.call_id)
    except Exception as error:  # a database has many ways to fail, and none of them may cost the citizen the call
        log.warning("past_calls_unknown", call_id=call.call_id, error=type(error).__name__)
        return PastCalls()


def _given(context: CallContext, line: Line, past: PastCalls) -> Wish:
    """Record what is known of the caller and what decides, and return what follows."""
    definitions, office, call = context.definitions, context.office, context.call
    now = office.clock()
    house = House(definitions.zone, definitions.hours, definitions.calendar, definitions.callers, definitions.languages)
    arrival = arrive(line, call.dnis, call.ani, past, now, house, (*office.notices(), *definitions.notices))
    call.caller_kinds = arrival.kinds
    call.known_operator_id = past.known_operator(now, timedelta(hours=definitions.prefer_hours))
    for kind in sorted(arrival.kinds):
        office.record(CallerClassified(at=now, call_id=call.call_id, kind=kind))
    if call.topic:
        office.record(TopicSet(at=now, call_id=call.call_id, topic=call.topic, source="alias"))
    if arrival.remembered_language is not None and arrival.remembered_language != call.language:
        call.language = arrival.remembered_language
        office.record(LanguageChosen(at=now, call_id=call.call_id, language=call.language))
    for notice in arrival.notices:
        office.record(NoticePlayed(at=now, call_id=call.call_id, notice_id=notice.notice_id, mode=notice.mode))
    call.closed = arrival.closed
    if arrival.flow_id is None:
        return Done(EndedBy.SERVICE, arrival.before)
    return Walk(arrival.flow_id, arrival.rule, arrival.before)
