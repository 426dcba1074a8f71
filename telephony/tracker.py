"""Turns what Asterisk says of channels into facts about the legs of calls, and gives each call its own, in order.

Follows only calls that somebody owns, so its memory is that of the calls in progress.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from calls.errors import HotlineError
from calls.events import TransferDoor, TransferWay
from calls.legs import (
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegFact,
    LegRang,
    LegsJoined,
    LegStarted,
    TransferAsked,
)
from calls.phones import home_operator, is_phone
from calls.ports import Clock
from telephony.ami import messages as ami
from telephony.ami.rows import ChannelRow

log = structlog.get_logger(__name__)

FEED_LIMIT = 500
"""Facts that may wait for a call's coroutine; a call with more is broken and its later facts are dropped, counted."""

TRANSFER_EVENT = "HotlineTransfer"
"""The user event that an operator's transfer key raises; the dialplan's features name it."""

_WAYS = {str(way): way for way in TransferWay}


@dataclass(slots=True)
class CallFeed:
    """The facts of one call, in order, for the coroutine that owns it."""

    call_id: str
    _queue: asyncio.Queue[LegFact] = field(default_factory=lambda: asyncio.Queue(FEED_LIMIT))
    dropped: int = 0
    caller_ended: LegEnded | None = None
    "The end of the caller's own channel, once it has come."
    may_pass_on: bool = False
    "Whether the caller talks to somebody who may pass them on."
    _waiter: asyncio.Future[None] | None = None
    legs: set[str] = field(default_factory=set)
    "The legs that this call's own channel dialled: their facts come here, whatever call Asterisk counts them to."

    async def next(self) -> LegFact:
        """Wait for the next fact."""
        return await self._queue.get()

    async def next_unless(self, other: asyncio.Future[Any], timeout: float | None) -> LegFact | None:
        """Wait for the next fact; return None where `other` is done first, or the timeout (in seconds) is over.

        No task stands between a fact and who waits for it: each would cost a busy loop another round.
        """
        if not self._queue.empty():
            return self._queue.get_nowait()
        if other.done():
            return None
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        wake = partial(_wake, waiter)
        other.add_done_callback(wake)
        timer = loop.call_later(timeout, wake) if timeout is not None else None
        try:
            await waiter
        finally:
            self._waiter = None
            other.remove_done_callback(wake)
            if timer is not None:
                timer.cancel()
        return None if self._queue.empty() else self._queue.get_nowait()

    def put(self, fact: LegFact) -> None:
        """Add a fact; never blocks."""
        if isinstance(fact, LegEnded) and fact.leg_id == self.call_id:
            self.caller_ended = fact
        try:
            self._queue.put_nowait(fact)
        except asyncio.QueueFull:
            self.dropped += 1
        if self._waiter is not None:
            _wake(self._waiter)


def _wake(waiter: asyncio.Future[None], _cause: object = None) -> None:
    if not waiter.done():
        waiter.set_result(None)


def endpoint_of(channel: str) -> str:
    """Return the endpoint of a channel: `trunk-carrier` of PJSIP/trunk-carrier-0000001f."""
    return channel.partition("/")[2].rpartition("-")[0]


def phone_of(channel: str) -> str | None:
    """Return the phone whose channel this is: op1001 of PJSIP/op1001-0000001f; None for any other channel."""
    endpoint = endpoint_of(channel)
    return endpoint if channel.startswith("PJSIP/") and is_phone(endpoint) else None


class CallTracker:
    """Follows calls by their linkedid."""

    def __init__(self, clock: Clock, operator_at: Callable[[str], str | None] = home_operator) -> None:
        """`operator_at` tells who works at a phone."""
        self._now = clock
        self._operator_at = operator_at
        self._feeds: dict[str, CallFeed] = {}
        self._dialled: dict[str, CallFeed] = {}
        "Leg to the feed of the channel that dialled it; a leg may come to belong to another call."
        self.on_unowned: Callable[[LegEnded | LegAnswered], None] | None = None
        "Called when a channel is answered or ends whose call nobody follows."
        self.pass_on_unowned: Callable[[TransferAsked], bool] = lambda _: False
        "Asked to pass on a caller whom nobody follows; returns whether that can be."

    @contextmanager
    def follow(self, call_id: str) -> Iterator[CallFeed]:
        """Collect the facts of a call while the block runs. One owner for each call."""
        if call_id in self._feeds:
            raise HotlineError(f"Call {call_id} already has an owner.")
        feed = self._feeds[call_id] = CallFeed(call_id)
        try:
            yield feed
        finally:
            del self._feeds[call_id]
            for leg_id in feed.legs:
                self._dialled.pop(leg_id, None)
            if feed.dropped:
                log.warning("facts_dropped", call_id=call_id, dropped=feed.dropped)

    def follows(self, call_id: str) -> bool:
        """Return whether a coroutine owns this call."""
        return call_id in self._feeds

    def ask_transfer(
        self,
        call_id: str,
        target_id: str,
        door: TransferDoor,
        initiator: str,
        way: TransferWay = TransferWay.BLIND,
    ) -> bool:
        """Ask the call's owner to pass the caller on; return False where the caller talks to no operator now."""
        asked = TransferAsked(
            at=self._now(),
            call_id=call_id,
            leg_id="",
            channel="",
            target_id=target_id,
            door=door,
            initiator=initiator,
            way=way,
        )
        feed = self._feeds.get(call_id)
        if feed is None:
            return self.pass_on_unowned(asked)
        if feed.may_pass_on:
            feed.put(asked)
        return feed.may_pass_on

    def resync(self, channels: Iterable[ChannelRow]) -> None:
        """Tell the owners of calls of the legs that are up now: they may have begun or answered unseen."""
        now = self._now()
        for row in channels:
            feed = self._feeds.get(row.linkedid)
            if feed is None or row.uniqueid == row.linkedid or row.state != "Up":
                continue
            call_id, leg_id, channel = row.linkedid, row.uniqueid, row.channel
            dialled = endpoint_of(channel)
            feed.put(LegStarted(at=now, call_id=call_id, leg_id=leg_id, channel=channel, dialled=dialled))
            feed.put(LegAnswered(at=now, call_id=call_id, leg_id=leg_id, channel=channel))

    def handle(self, message: ami.Message) -> None:
        """Take one message of Asterisk."""
        fact = self._translate(message)
        if fact is None:
            return
        feed = self._feed_of(fact, message)
        if feed is not None:
            feed.put(fact)
        elif isinstance(fact, TransferAsked):
            self.pass_on_unowned(fact)
        elif isinstance(fact, LegEnded | LegAnswered) and self.on_unowned is not None:
            self.on_unowned(fact)

    def _feed_of(self, fact: LegFact, message: ami.Message) -> CallFeed | None:
        """Return who hears a fact: the owner of the channel that dialled the leg, else the owner of the call."""
        if isinstance(message, ami.DialBegun):
            feed = self._feeds.get(message.caller_uniqueid or "")
            if feed is not None:
                feed.legs.add(fact.leg_id)
                self._dialled[fact.leg_id] = feed
        return self._dialled.get(fact.leg_id) or self._feeds.get(fact.call_id)

    def _translate(self, message: ami.Message) -> LegFact | None:
        now = message.at or self._now()
        match message:
            case ami.DialBegun():
                return LegStarted(
                    at=now,
                    call_id=message.linkedid,
                    leg_id=message.dest_uniqueid,
                    channel=message.dest_channel,
                    dialled=message.dial_string,
                )
            case ami.DialStateChanged() if message.status == "RINGING":
                return LegRang(
                    at=now, call_id=message.linkedid, leg_id=message.dest_uniqueid, channel=message.dest_channel
                )
            case ami.DialEnded() if message.status == "ANSWER":
                return LegAnswered(
                    at=now, call_id=message.linkedid, leg_id=message.dest_uniqueid, channel=message.dest_channel
                )
            case ami.ChannelHungUp():
                return LegEnded(
                    at=now,
                    call_id=message.linkedid,
                    leg_id=message.uniqueid,
                    channel=message.channel,
                    hangup_cause=message.cause,
                )
            case ami.DigitPressed():
                return KeyPressed(
                    at=now,
                    call_id=message.linkedid,
                    leg_id=message.uniqueid,
                    channel=message.channel,
                    key=message.digit,
                )
            case ami.UserEventRaised(linkedid=str(call_id), uniqueid=str(leg_id), channel=str(channel)) if (
                message.name == TRANSFER_EVENT
            ):
                return TransferAsked(
                    at=now,
                    call_id=call_id,
                    leg_id=leg_id,
                    channel=channel,
                    target_id=message.fields.get("target", ""),
                    door=TransferDoor.OPERATOR_KEY,
                    initiator=self._operator_at(phone_of(channel) or "") or "",
                    way=_way(message.fields.get("way", "")),
                )
            case ami.AttendedTransferred() if message.result == "Success":
                first, second = message.first_transferer_uniqueid, message.second_transferer_uniqueid
                # a phone may send the hotline to the caller as well: the leg that we dialled is the caller's operator
                ours = second if second in self._dialled and first not in self._dialled else first
                return LegsJoined(
                    at=now,
                    call_id=message.linkedid,
                    leg_id=ours,
                    channel="",
                    threeway=message.destination == "Threeway",
                )
        return None


def _way(text: str) -> TransferWay:
    return _WAYS.get(text, TransferWay.BLIND)
