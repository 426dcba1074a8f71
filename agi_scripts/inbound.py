"""agi://host/inbound: a citizen's call, from pick-up to its last record."""

from __future__ import annotations

from datetime import datetime, timedelta

from agi_scripts import arrival
from agi_scripts.call_path import fulfil
from agi_scripts.context import CallContext
from agi_scripts.definitions import Definitions
from agi_scripts.offer import RETURN_GRACE_SECONDS
from agi_scripts.office import Office, case_id_of
from agi_scripts.orphans import OpenCall
from agi_scripts.wishes import CallMovesOn, Done, PassOn, Serve, Wish
from calls.errors import SessionOver
from calls.events import CallEnded, CallResumed, CallStarted, EndedBy, TransferDoor
from calls.model import Call, CallStage, final_outcome
from ivr.arrival import first_language
from telephony.agi.session import AgiSession
from transfer.directory import Hotline

MAX_NUMBER = 32
"""Characters kept of a number from the line; more is not a number."""

REFER_VARIABLE = "HOTLINE_REFER"
"""The channel variable in which the dialplan notes the hotline that a phone sent the caller to."""


class Inbound:
    """The handler of the inbound entry."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def __call__(self, session: AgiSession) -> None:
        """Own the call for as long as this session lasts."""
        call_id = session.request.uniqueid
        with self._office.tracker.follow(call_id) as feed:
            open_call = self._office.open_calls.pop(call_id, None)
            definitions = (open_call.definitions if open_call else None) or self._office.definitions
            call = open_call.call if open_call else self._arrive(session, definitions)
            context = CallContext(self._office, session, feed, call, definitions)
            try:
                referred_to = await self._referred_to(session)
                wish = self._go_on(open_call, definitions, referred_to) if open_call else None
                done = await fulfil(context, wish or await self._begin(context))
                await session.hangup()
            except CallMovesOn as moved:
                self._session_over(context, moved.wish)
            except SessionOver:
                self._session_over(context)
            except BaseException:
                # stopped or failed in the middle: the dialplan brings the call back, to this process or the next
                self._office.open_calls[call_id] = OpenCall(
                    call, transfer=context.open_transfer, definitions=definitions
                )
                raise
            else:
                close_call(self._office, call, done.ended_by, done.hangup_cause)

    def _arrive(self, session: AgiSession, definitions: Definitions) -> Call:
        """The line picks up a new call."""
        office, call = self._office, self._new_call(session, definitions)
        office.record(
            CallStarted(
                at=call.started_at,
                call_id=call.call_id,
                case_id=call.case_id,
                ani=call.ani,
                dnis=call.dnis,
                line_id=call.line_id,
                language=call.language,
                channel=session.request.channel,
                callback_of=call.callback_of,
            )
        )
        return call

    def _new_call(self, session: AgiSession, definitions: Definitions) -> Call:
        """Return the call as the line tells of it."""
        now, request = self._office.clock(), session.request
        dnis = request.dnid or request.extension
        line = definitions.lines.get(dnis)
        alias = line.alias(dnis) if line else None
        return Call(
            call_id=request.uniqueid,
            case_id=case_id_of(request.uniqueid, now),
            ani=(request.callerid or "")[:MAX_NUMBER],
            dnis=(dnis or "")[:MAX_NUMBER],
            line_id=line.line_id if line else "",
            language=first_language(line, dnis or "", definitions.default_language),
            started_at=now,
            topic=alias.topic if alias else "",
        )

    async def _begin(self, context: CallContext) -> Wish:
        """Pick up and return what the call is given first."""
        return await arrival.begin(context)

    async def _referred_to(self, session: AgiSession) -> str:
        """Return the hotline that a phone sent the caller to, and have the dialplan forget it; empty in most calls."""
        hotline_id = session.request.args[0] if session.request.args else ""
        if hotline_id:
            await session.set_variable(REFER_VARIABLE, "")
        return hotline_id

    def _go_on(self, open_call: OpenCall, definitions: Definitions, referred_to: str) -> Wish | None:
        """A call comes back from an earlier session: close what was open, say where it goes on (None: the menu)."""
        if open_call.wish is not None:
            return open_call.wish
        office, call = self._office, open_call.call
        was_talking, other = open_call.is_talking, open_call.last_party
        passing_on = self._sent_on(open_call, definitions, referred_to) if was_talking else None
        settle(office, open_call, passing_on.hotline if passing_on else None)
        office.record(CallResumed(at=office.clock(), call_id=call.call_id, stage=str(call.stage)))
        if passing_on is not None:
            return passing_on
        if was_talking or call.stage is CallStage.TALKING:
            return Done(other)  # the conversation is over: it outlived the service, or the flow after it did
        queue = definitions.queues.get(call.queue_id or "")
        if queue is None and call.asked_at is not None:
            queue = next(iter(definitions.queues.values()))  # asked for a hotline; a person comes first now
        if queue is None:
            return None
        return Serve(queue, at_head=call.answered_at is not None or bool(call.callback_of))

    def _sent_on(self, open_call: OpenCall, definitions: Definitions, referred_to: str) -> PassOn | None:
        """Return where the caller was sent while the service was away, or in a conversation that outlived it."""
        asked, operator_id = open_call.asked, open_call.offer.operator_id if open_call.offer else None
        target_id = asked.target_id if asked else referred_to
        if target_id not in definitions.hotlines:
            return None
        hotline = definitions.hotlines.by_id(target_id)
        queue = definitions.queues.get(open_call.call.queue_id or "")
        door, initiator = (asked.door, asked.initiator) if asked else (TransferDoor.REFER, "")
        return PassOn(hotline, door, initiator or operator_id or "", operator_id, queue)

    def _session_over(self, context: CallContext, wish: Wish | None = None) -> None:
        """The session ended under us: the caller left, or the call goes on in another session.

        Asterisk keeps the channel until this handler has returned, so its end is usually told later, to whoever looks
        after calls without an owner.
        """
        call, ended = context.call, context.feed.caller_ended
        if ended is not None:
            close_call(self._office, call, EndedBy.CALLER, ended.hangup_cause)
        else:
            self._office.open_calls[call.call_id] = OpenCall(call, wish=wish, definitions=context.definitions)


def settle(office: Office, open_call: OpenCall, asked: Hotline | None = None) -> None:
    """End what a call without an owner had left open: its offer or transfer, its recordings.

    Its operator is kept free for its return where a hotline is `asked` next.
    """
    now = office.clock()
    for fact in open_call.endings(now):
        office.record(fact)
    release_operator(office, open_call, asked)
    for plan in open_call.recordings:
        office.finish_recording(open_call.call.call_id, plan)


def release_operator(office: Office, open_call: OpenCall, asked: Hotline | None = None) -> None:
    """The operator of an adopted conversation is out of it."""
    adopted, open_call.adopted = open_call.adopted, None
    if adopted is None:
        return
    if asked is None:
        office.room.conversation_ended(adopted, 0.0, reason="adopted")
        return
    hold_until = office.clock() + timedelta(seconds=asked.longest_ring_seconds + RETURN_GRACE_SECONDS)
    office.room.conversation_ended(adopted, 0.0, hold_until=hold_until, reason="transfer")


def close_call(
    office: Office, call: Call, ended_by: EndedBy, hangup_cause: int | None, at: datetime | None = None
) -> None:
    """Write the last event of a call; `at` is when it ended, where that was not now."""
    now = at or office.clock()
    call.stage = CallStage.ENDED
    if office.closing and ended_by is EndedBy.CALLER:
        ended_by = EndedBy.SERVICE
    office.record(
        CallEnded(
            at=now,
            call_id=call.call_id,
            outcome=final_outcome(call, ended_by, now, office.definitions.short_abandon_seconds),
            ended_by=ended_by,
            hangup_cause=hangup_cause,
        )
    )
