"""From picking up to the first flow: who is calling, what is said first, which rule decides."""

from __future__ import annotations

import asyncio

import structlog

from agi_scripts.context import CallContext
from agi_scripts.wishes import Done, Walk, Wish
from calls.events import CallerClassified, EndedBy, LanguageChosen, NoticePlayed, TopicSet
from ivr.callers import PastCalls, passes_always
from ivr.hours import Entry, EntryRule, entry_of
from ivr.model import BlockedNumber, Line, SystemPrompt

PAST_SECONDS = 0.5
"""Longest wait for the records of earlier calls: they help, and no call depends on them."""

log = structlog.get_logger(__name__)


async def begin(context: CallContext) -> Wish:
    """Pick up and return what the call is given first."""
    definitions, call = context.definitions, context.call
    remembering = asyncio.create_task(_past_calls(context), name=f"past calls {call.call_id}")
    try:
        await context.session.answer()
        line = definitions.lines.get(call.dnis)
        if line is None:
            call.closed = True
            return Done(EndedBy.SERVICE, (SystemPrompt.UNKNOWN_LINE,))
        past = await remembering
    finally:
        remembering.cancel()
    _recognise(context, line, past)
    block = definitions.callers.block(call.ani, context.office.clock())
    if block is not None and not passes_always(line, call.dnis):
        return _refused(context, block)
    return _given(context, line)


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


def _recognise(context: CallContext, line: Line, past: PastCalls) -> None:
    """Note what the caller's number says of them, and go on in the language that they chose the last time."""
    definitions, office, call = context.definitions, context.office, context.call
    now = office.clock()
    call.caller_kinds = definitions.callers.kinds(call.ani, past, now)
    for kind in sorted(call.caller_kinds):
        office.record(CallerClassified(at=now, call_id=call.call_id, kind=kind))
    if call.topic:
        office.record(TopicSet(at=now, call_id=call.call_id, topic=call.topic, source="alias"))
    alias = line.alias(call.dnis)
    is_given = line.language is not None or (alias is not None and alias.language is not None)
    remembered = past.language if definitions.callers.callers.remember_language else None
    if not is_given and remembered in definitions.languages and remembered != call.language:
        call.language = remembered
        office.record(LanguageChosen(at=now, call_id=call.call_id, language=remembered))


def _refused(context: CallContext, block: BlockedNumber) -> Done:
    """A blocked caller hears why, and how to object."""
    context.call.closed = True
    objection = context.definitions.callers.callers.objection
    return Done(EndedBy.SERVICE, (block.reason, *((objection,) if objection else ()), SystemPrompt.GOODBYE))


def _given(context: CallContext, line: Line) -> Wish:
    """Apply the rules: emergency notice > holiday > closed > open."""
    definitions, office, call = context.definitions, context.office, context.call
    now = office.clock()
    entry = entry_of(
        line,
        now,
        zone=definitions.zone,
        hours=definitions.hours,
        calendar=definitions.calendar,
        notices=(*office.notices(), *definitions.notices),
    )
    for notice in entry.notices:
        office.record(NoticePlayed(at=now, call_id=call.call_id, notice_id=notice.notice_id, mode=notice.mode))
    alias = line.alias(call.dnis)
    before = tuple(notice.prompt_name for notice in entry.notices)
    if alias is not None and alias.announcement is not None and entry.rule is not EntryRule.NOTICE:
        before = (alias.announcement, *before)
    call.closed = entry.rule is not EntryRule.OPEN
    if entry.flow_id is None:
        return Done(EndedBy.SERVICE, (*before, *_closing_words(entry)))
    return Walk(entry.flow_id, str(entry.rule), before)


def _closing_words(entry: Entry) -> tuple[str, ...]:
    if entry.rule is EntryRule.CLOSED:
        return (SystemPrompt.CLOSED, SystemPrompt.GOODBYE)
    return (SystemPrompt.GOODBYE,)
