"""Dials one leg from a caller's own channel and follows it to its end.

`EXEC Dial` runs on the caller's channel: Asterisk itself cancels the ring when the caller hangs up, and keeps a
conversation going when this service dies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from calls.errors import HotlineError, SessionOver
from calls.legs import (
    DialOutcome,
    LegAnswered,
    LegEnded,
    LegFact,
    LegRang,
    LegResult,
    LegStarted,
    TransferAsked,
)
from telephony.agi.session import AgiSession
from telephony.tracker import CallFeed

log = structlog.get_logger(__name__)

MAX_TALK_SECONDS = 4 * 3600.0
"""A conversation longer than this is ended by Asterisk: nothing on this line may last for ever."""

_RESULT = "${DIALSTATUS}|${DIALEDTIME_MS}|${ANSWEREDTIME_MS}|${HANGUPCAUSE}"

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
    "Music class that the caller hears while it rings."
    leg_context: str
    "Dialplan context that prepares the leg: operator-leg or hotline-leg."
    leg_arguments: tuple[str, ...]
    "Call id, case id, topic, path of the raw recording or an empty text."

    def application_data(self) -> str:
        """Return the arguments of Dial."""
        arguments = "^".join(self.leg_arguments)
        options = f"gm({self.music})b({self.leg_context}^s^1({arguments}))L({int(MAX_TALK_SECONDS * 1000)})"
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
    ) -> None:
        """`on_fact` hears LegRang and LegAnswered of this leg; `hang_up_leg` releases a leg by its channel."""
        self._session = session
        self._feed = feed
        self._hang_up_leg = hang_up_leg
        self._on_fact = on_fact
        self._leg: LegStarted | None = None
        self._answered = False
        self._asked: TransferAsked | None = None
        self._cause: int | None = None

    async def run(self, request: DialRequest) -> LegResult:
        """Dial and wait until the leg is over. Raises SessionOver when the session ends without a word of it."""
        limit = request.ring_seconds + MAX_TALK_SECONDS + 30
        dialling = asyncio.create_task(
            self._session.execute("Dial", request.application_data(), timeout=limit), name=f"dial {self._feed.call_id}"
        )
        try:
            await self._follow(dialling)
            reply = await dialling
        finally:
            dialling.cancel()
        return await self._result(caller_left=reply.result == "-1")

    async def _follow(self, dialling: asyncio.Task[object]) -> None:
        """Hear the facts of the leg until Dial returns."""
        while not dialling.done():
            fact = asyncio.create_task(self._feed.next(), name=f"feed {self._feed.call_id}")
            try:
                await asyncio.wait({dialling, fact}, return_when=asyncio.FIRST_COMPLETED)
                if fact.done():
                    self._hear(fact.result())
            finally:
                fact.cancel()

    def _hear(self, fact: LegFact) -> None:
        match fact:
            case LegStarted():
                self._leg = self._leg or fact
            case TransferAsked() if self._answered and self._asked is None and self._leg is not None:
                self._asked = fact  # the first who asks is heard; a second press changes nothing
                self._hang_up_leg(self._leg.channel)
            case _ if self._leg is None or fact.leg_id != self._leg.leg_id:
                return  # of the caller's own channel, or of a leg that is over
            case LegRang():
                self._on_fact(fact)
            case LegAnswered() if not self._answered:
                self._answered = True
                self._on_fact(fact)
            case LegEnded():
                self._cause = fact.hangup_cause

    async def _result(self, *, caller_left: bool) -> LegResult:
        text = ""
        try:
            text = await self._session.get_full_variable(_RESULT) or ""
        except HotlineError:
            log.info("dial_result_unread", call_id=self._feed.call_id)
        status, dialled_ms, answered_ms, cause = (*text.split("|"), "", "", "", "")[:4]
        default = DialOutcome.CANCELLED if caller_left else DialOutcome.FAILED
        outcome = DialOutcome.ANSWERED if self._answered else _OUTCOMES.get(status, default)
        talk = _number(answered_ms) / 1000
        hangup_cause = self._cause if self._cause is not None else (int(_number(cause)) or None)
        return LegResult(
            dial=outcome,
            ring_seconds=max(0.0, _number(dialled_ms) / 1000 - talk),
            talk_seconds=talk if outcome is DialOutcome.ANSWERED else 0.0,
            caller_left=caller_left or outcome is DialOutcome.CANCELLED,
            hangup_cause=hangup_cause,
            sip_status=await self._sip_status() if outcome is not DialOutcome.ANSWERED and not caller_left else None,
            asked=self._asked,
        )

    async def _sip_status(self) -> int | None:
        """Ask what the leg's phone said in SIP, as in `SIP 486 Busy Here`."""
        if self._leg is None:
            return None
        try:
            text = await self._session.get_full_variable(f"${{HANGUPCAUSE({self._leg.channel},tech)}}") or ""
        except (SessionOver, HotlineError):
            return None
        words = text.split()
        return int(words[1]) if len(words) > 1 and words[0] == "SIP" and words[1].isdigit() else None


def _number(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
