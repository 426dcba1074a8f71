"""Dials one leg from a caller's own channel and follows it to its end.

`EXEC Dial` runs on the caller's channel: Asterisk itself cancels the ring when the caller hangs up, and keeps a
conversation going when this service dies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from calls.errors import HotlineError, SessionOver
from calls.events import TransferWay
from calls.legs import (
    DialOutcome,
    LegAnswered,
    LegEnded,
    LegFact,
    LegRang,
    LegResult,
    LegsJoined,
    LegStarted,
    TransferAsked,
)
from calls.ports import Clock
from telephony.agi.session import AgiSession
from telephony.tracker import CallFeed

log = structlog.get_logger(__name__)

MAX_TALK_SECONDS = 4 * 3600.0
"""A conversation longer than this is ended by Asterisk: nothing on this line may last for ever."""

FINAL_STATUS = 200
"""SIP responses from here on are final (RFC 3261 section 7.2)."""

RING_GRACE_SECONDS = 2.0
"""How long past its ring limit Dial may take to say that nobody answered."""

LAST_FACT_SECONDS = 0.15
"""How long after Dial returned the leg's last fact may come."""

_MEANS_SOMETHING = frozenset(',:&()|^\\"${}[]')
"""Characters that mean something in an option of Dial: a sound whose path has one can't be whispered."""

REFER_CONTEXT = "refer"
"""Where the dialplan takes up a caller whom a phone sent on by SIP REFER."""

_RESULT = "${DIALSTATUS}|${HANGUPCAUSE}|${CONTEXT}|${EXTEN}|${HANGUPCAUSE_KEYS()}"
# ANSWEREDTIME and DIALEDTIME are the caller's channel's, not the leg's: the line picked up long before

_OUTCOMES = {
    "ANSWER": DialOutcome.ANSWERED,
    "BUSY": DialOutcome.BUSY,
    "NOANSWER": DialOutcome.NO_ANSWER,
    "CANCEL": DialOutcome.CANCELLED,
    "CONGESTION": DialOutcome.CONGESTED,
    "CHANUNAVAIL": DialOutcome.UNAVAILABLE,
}


@dataclass(frozen=True, slots=True)
class DialRequest:
    """Whom to ring, for how long, and what the caller hears meanwhile."""

    endpoint: str
    "As in PJSIP/op1001; only from the directory, never from the telephone line."
    ring_seconds: int
    music: str
    "Music class that the caller hears while it rings; empty: a telephone's ringing."
    leg_context: str
    "Dialplan context that prepares the leg: operator-leg or hotline-leg."
    leg_arguments: tuple[str, ...]
    "Call id, case id, topic, path of the raw recording or an empty text; for a hotline the note of the attempt."
    may_pass_on: bool
    "Whether who answers may pass the caller on: operators may, hotlines may not."
    outlives: bool = False
    "Whether the leg may go on with somebody else when the channel that dialled it is gone."
    whisper: str = ""
    "Sound that who answers hears first, without its suffix; the caller waits for its end. Empty: none."

    def application_data(self) -> str:
        """Return the arguments of Dial."""
        arguments = "^".join(self.leg_arguments)
        music = f"m({self.music})" if self.music else "r"
        options = f"g{music}b({self.leg_context}^s^1({arguments}))L({int(MAX_TALK_SECONDS * 1000)})"
        if self.may_pass_on:
            options += "t"  # Asterisk's own attended transfer, which the service begins for an operator
        if self.whisper and not _MEANS_SOMETHING.intersection(self.whisper):
            options += f"A({self.whisper})"
        return f"{self.endpoint},{self.ring_seconds},{options}"


class Dialling:
    """One leg, from dialling to its end."""

    def __init__(
        self,
        session: AgiSession,
        feed: CallFeed,
        *,
        hang_up_leg: Callable[[str], None],
        on_fact: Callable[[LegFact], None],
        clock: Clock,
        on_free: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_fact` hears what happens on this leg, and who asks to pass the caller on; `hang_up_leg` releases a leg.

        `on_free` is called when the session is not needed any more although the leg goes on (`DialRequest.outlives`).
        """
        self._session = session
        self._feed = feed
        self._hang_up_leg = hang_up_leg
        self._on_fact = on_fact
        self._on_free = on_free
        self._now = clock
        self._began_at = clock()
        self._leg: LegStarted | None = None
        self._answered_at: datetime | None = None
        self._asked: TransferAsked | None = None
        self._cause: int | None = None
        self._over = False
        self._moved = False
        self._dialled = ""
        self._may_pass_on = False

    async def run(self, request: DialRequest) -> LegResult:
        """Dial and wait until the leg is over. Raises SessionOver when the session ends without a word of it."""
        self._dialled = request.endpoint.partition("/")[2]
        self._may_pass_on = request.may_pass_on
        limit = request.ring_seconds + MAX_TALK_SECONDS + 30
        dialling = asyncio.create_task(
            self._session.execute("Dial", request.application_data(), timeout=limit), name=f"dial {self._feed.call_id}"
        )
        try:
            await self._follow(dialling, request.ring_seconds + RING_GRACE_SECONDS)
            reply = await dialling
        finally:
            dialling.cancel()
            self._feed.may_pass_on = False
        caller_left = reply.result == "-1"
        told = await self._told()
        await self._hear_the_end()  # it has come meanwhile, but for once in a while
        if request.outlives and self._answered_at is not None and not self._over:
            self._moved = True
            self._on_free()
            async with asyncio.timeout(MAX_TALK_SECONDS):
                while not self._over:
                    self._hear(await self._feed.next())
        return await self._result(told, caller_left=caller_left)

    async def _follow(self, dialling: asyncio.Task[object], longest_ring: float) -> None:
        """Hear the facts of the leg until Dial returns."""
        loop = asyncio.get_running_loop()
        rings_until = loop.time() + longest_ring
        while not dialling.done():
            patience = max(0.0, rings_until - loop.time()) if self._answered_at is None else None
            fact = await self._feed.next_unless(dialling, patience)
            if fact is None and not dialling.done():  # what lay unread while the loop was busy comes first
                fact = await self._feed.next_unless(dialling, 1.0)
            if fact is not None:
                self._hear(fact)
            elif not dialling.done():
                self._answered_unseen()

    def _answered_unseen(self) -> None:
        """Dial rings no longer than it may, and goes on: it was answered while the control link was down."""
        log.warning("answer_unseen", call_id=self._feed.call_id)
        self._answered_at = self._now()
        self._feed.may_pass_on = self._may_pass_on
        leg_id, channel = (self._leg.leg_id, self._leg.channel) if self._leg else ("", "")
        self._on_fact(LegAnswered(at=self._answered_at, call_id=self._feed.call_id, leg_id=leg_id, channel=channel))

    async def _hear_the_end(self) -> None:
        """Wait for the leg's last fact, which comes on another connection than Dial's reply.

        So that an answer in the last moment is counted, and the next leg of the call never hears the facts of this one.
        """
        try:
            async with asyncio.timeout(LAST_FACT_SECONDS):
                while not self._over:
                    self._hear(await self._feed.next())
        except TimeoutError:  # no leg was made, or the control link is down
            return

    def _hear(self, fact: LegFact) -> None:
        match fact:
            case LegStarted():
                # a leg that is found later, after a lost link, is known by its endpoint alone
                if self._leg is None and fact.dialled in (self._dialled, self._dialled.rpartition("@")[2]):
                    self._leg = fact
                    self._on_fact(fact)
            case TransferAsked(way=TransferWay.ATTENDED | TransferWay.THREE_WAY):
                if self._feed.may_pass_on:
                    self._on_fact(fact)
            case TransferAsked():
                if self._feed.may_pass_on and self._leg is not None:
                    self._asked = fact  # the first who asks is heard; a second press changes nothing
                    self._feed.may_pass_on = False
                    self._hang_up_leg(self._leg.channel)
            case _ if self._leg is None or fact.leg_id != self._leg.leg_id:
                return  # of the caller's own channel, or of a leg that is over
            case LegRang():
                self._on_fact(fact)
            case LegAnswered() if self._answered_at is None:
                self._answered_at = fact.at
                self._feed.may_pass_on = self._may_pass_on
                self._on_fact(fact)
            case LegsJoined():
                self._on_fact(fact)
            case LegEnded():
                self._cause = fact.hangup_cause
                self._over = True
                self._on_fact(fact)

    async def _told(self) -> tuple[str, str, str, str, str]:
        """Ask the channel how Dial ended and where its call stands now.

        Status, cause, context, extension, and the legs from which any SIP response came.
        """
        text = ""
        try:
            text = await self._session.get_full_variable(_RESULT) or ""
        except HotlineError:
            log.info("dial_result_unread", call_id=self._feed.call_id)
        status, cause, context, exten, heard_of = (*text.split("|", 4), "", "", "", "", "")[:5]
        return status, cause, context, exten, heard_of

    async def _result(self, told: Sequence[str], *, caller_left: bool) -> LegResult:
        status, cause, context, exten, heard_of = told
        default = DialOutcome.CANCELLED if caller_left else DialOutcome.FAILED
        outcome = DialOutcome.ANSWERED if self._answered_at is not None else _OUTCOMES.get(status, default)
        unanswered = outcome is not DialOutcome.ANSWERED
        ended_at = self._now()
        # the control link was down and did not tell when it was answered: counted from the dialling on
        answered_at = ended_at if unanswered else (self._answered_at or self._began_at)
        return LegResult(
            dial=outcome,
            ring_seconds=_seconds(self._began_at, answered_at),
            talk_seconds=_seconds(answered_at, ended_at),
            caller_left=caller_left or outcome is DialOutcome.CANCELLED,
            hangup_cause=self._cause if self._cause is not None else _cause(cause),
            sip_status=await self._sip_status(heard_of) if unanswered and not caller_left else None,
            asked=self._asked,
            moved=self._moved,
            referred_to=exten if context == REFER_CONTEXT and not caller_left else None,
        )

    async def _sip_status(self, heard_of: str) -> int | None:
        """Ask what the leg's phone said at last in SIP, as in `SIP 486 Busy Here`."""
        if self._leg is None or self._leg.channel not in heard_of.split(","):
            return None
        try:
            text = await self._session.get_full_variable(f"${{HANGUPCAUSE({self._leg.channel},tech)}}") or ""
        except (SessionOver, HotlineError):
            return None
        words = text.split()
        status = int(words[1]) if len(words) > 1 and words[0] == "SIP" and words[1].isdigit() else 0
        return status if status >= FINAL_STATUS else None


def _seconds(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds())


def _cause(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and text != "0" else None
