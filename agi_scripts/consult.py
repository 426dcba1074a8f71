"""agi://host/consult: an operator asks a hotline before the caller is put through to it.

The session's channel is the one that asks: made by Asterisk for an operator who pressed keys, or the second line of a
phone. It may be gone before the hotline's leg is: then the caller talks to the hotline, and the task goes on alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog

from agi_scripts.context import CallContext
from agi_scripts.conversation import VERDICT_SECONDS, Conversation
from agi_scripts.office import Office
from agi_scripts.pass_on import PassingOn
from agi_scripts.wishes import PassOn
from calls.errors import NotFound, SessionOver
from calls.events import EndedBy, TransferDoor, TransferOutcome, TransferWay
from calls.legs import DialOutcome, LegResult, TransferAsked
from telephony.agi.session import AgiSession
from telephony.tracker import endpoint_of
from transfer.directory import Hotline

log = structlog.get_logger(__name__)


class Consultation:
    """One hotline that an operator asks, to the end of the hotline's leg."""

    def __init__(
        self, conversation: Conversation, session: AgiSession, hotline: Hotline, asked: TransferAsked | None
    ) -> None:
        """`asked` is what the operator's keys or the API said; None where the operator dialled on a second line."""
        self.by_keys = asked is not None
        self.joined = False
        "The operator put caller and hotline together."
        self.over = asyncio.Event()
        self.session_free = asyncio.Event()
        "Set when the session's channel is needed no more."
        self.outcome: TransferOutcome | None = None
        self.hangup_cause: int | None = None
        self.hotline = hotline
        self.is_answered = False
        self.then: Callable[[], None] = lambda: None
        "Called when the hotline's leg is over."
        self.channel = session.request.channel
        self._conversation = conversation
        self._session = session
        self._office = conversation.context.office
        self._way = asked.way if asked else TransferWay.ATTENDED
        self._wish = PassOn(
            hotline,
            asked.door if asked else TransferDoor.REFER,
            (asked.initiator if asked else "") or conversation.operator_id,
            conversation.operator_id,
            conversation.queue,
            way=self._way,
            judge=self._judge,
            on_answer=self._answered,
        )
        self.passing_on: PassingOn | None = None

    @property
    def transfer_id(self) -> str:
        """Return the id of the latest attempt."""
        return self.passing_on.transfer_id if self.passing_on else ""

    async def run(self) -> None:
        """Dial the hotline and stay to the end of its leg, whoever it talks to."""
        caller = self._conversation.context
        self._conversation.begin(self)
        try:
            with self._office.tracker.follow(self._session.request.uniqueid) as feed:
                context = CallContext(
                    self._office, self._session, feed, caller.call, caller.definitions, session_free=self.session_free
                )
                self.passing_on = PassingOn(context, self._wish)
                self.outcome, result = await self.passing_on.connect()
                self.hangup_cause = result.hangup_cause if result else None
        finally:
            self.over.set()
            self.then()
            self._conversation.consultation_over()

    def _answered(self) -> None:
        self.is_answered = True
        if self._way is TransferWay.THREE_WAY and self.by_keys and not self._conversation.operator_left:
            self._conversation.press("join")

    async def _judge(self, result: LegResult) -> tuple[LegResult, TransferOutcome | None, EndedBy | None]:
        """Say who ended the hotline's leg: the channel that asked may have been gone long before."""
        conversation = self._conversation
        answered = result.dial is DialOutcome.ANSWERED
        if not answered and not result.caller_left:
            return result, None, None  # the hotline could not be had, whoever waited for it
        if conversation.operator_left and not conversation.caller_over.is_set():
            try:
                async with asyncio.timeout(VERDICT_SECONDS):
                    await conversation.caller_over.wait()
            except TimeoutError:
                log.warning("caller_side_unheard", transfer_id=self.transfer_id)
        theirs = conversation.caller_left and (conversation.operator_left or result.moved or result.caller_left)
        if theirs:
            return result, TransferOutcome.ANSWERED if answered else TransferOutcome.CALLER_LEFT, EndedBy.CALLER
        ours = replace(result, caller_left=False)
        if result.moved or not result.caller_left or (answered and conversation.operator_left):
            return ours, None, None
        return ours, TransferOutcome.ANSWERED if answered else TransferOutcome.CANCELLED, EndedBy.OPERATOR


class Consult:
    """The handler of the consult entry."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, session: AgiSession) -> None:
        """Own the asking for as long as its channel lasts. Nobody but an operator who talks to a caller may ask."""
        consultation = self._admit(session)
        if consultation is None:
            log.warning("consultation_refused", channel=session.request.channel)
            return
        task = asyncio.create_task(consultation.run(), name=f"consultation {session.request.uniqueid}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        free = asyncio.create_task(consultation.session_free.wait(), name=f"free {session.request.uniqueid}")
        try:
            await asyncio.wait({task, free}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            free.cancel()

    async def close(self) -> None:
        """End what goes on without a session; a hotline's leg that outlives the service is ended with its call."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _admit(self, session: AgiSession) -> Consultation | None:
        hotline_id, call_id, *_ = (*session.request.args, "", "")
        if call_id:
            conversation = self._office.conversations.get(call_id)
            asked = conversation.take_asked() if conversation else None
        else:
            conversation, asked = self._at_phone(endpoint_of(session.request.channel)), None
        if conversation is None or conversation.is_consulting or (call_id and asked is None):
            return None
        try:
            hotline = conversation.context.definitions.hotlines.by_id(hotline_id)
        except NotFound:
            return None
        return Consultation(conversation, session, hotline, asked)

    def _at_phone(self, endpoint: str) -> Conversation | None:
        talks = self._office.conversations.values()
        return next((talk for talk in talks if endpoint_of(talk.channel) == endpoint), None)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, SessionOver):
            log.error("consultation_failed", error=type(error).__name__, exc_info=error)
