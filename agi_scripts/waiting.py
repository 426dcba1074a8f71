"""A call waits in a queue: until it has an operator, a key or a rule asks for something else, or the caller leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from acd.dispatcher import Assignment
from acd.overflow import OverflowReason
from acd.routing import WaitingCall
from agi_scripts.announcing import Announcing
from agi_scripts.context import CallContext
from agi_scripts.overflow import Overflowing
from agi_scripts.wishes import Wish
from calls.errors import SessionOver
from calls.events import OfferOutcome
from calls.legs import KeyPressed

AT_ONCE_SECONDS = 0.005
"""An operator who is found within this long is rung before anything is played to the caller."""

WishOfKey = Callable[[str], Wish | None]
"""What the caller asks for by pressing this key while they wait; None for a key that means nothing."""

T = TypeVar("T")

OLD_KEY_SECONDS = 0.5
"""A key this soon after the wait began was meant for the menu before it: Asterisk tells of it on another connection."""


class Waiting:
    """One wait of one call. Everything that can end it is waited for at once; nothing is polled."""

    def __init__(
        self, context: CallContext, announcing: Announcing, overflowing: Overflowing, wish_of_key: WishOfKey
    ) -> None:
        """`announcing` is what the caller hears once nobody was found at once."""
        self._context = context
        self._office = context.office
        self._call_id = context.call.call_id
        self._announcing = announcing
        self._overflowing = overflowing
        self._wish_of_key = wish_of_key
        self._tasks: list[asyncio.Task[Any]] = []

    async def run(self, waiting: WaitingCall, longest: timedelta) -> Assignment | Wish | OverflowReason:
        """Wait; return the operator, what the caller asks for instead by a key, or why the queue sends them on.

        Raises SessionOver when the caller leaves.
        """
        searching = self._task("wait", self._office.room.operator_for(waiting, longest.total_seconds()))
        leaving = self._task("leave", self._context.session.wait_over())
        others: list[asyncio.Task[Any]] = [self._task("hear", self._hear_keys())]
        try:
            ends = {searching, leaving, *others}
            done, _ = await asyncio.wait(ends, timeout=AT_ONCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                reason = self._overflowing.first_look(waiting)
                if reason is not None:
                    return reason
                others.append(self._task("rules", self._overflowing.watch(waiting)))
                others.append(self._task("announce", self._announcing.run(waiting)))
                await asyncio.wait({*ends, *others}, return_when=asyncio.FIRST_COMPLETED)
            if leaving.done():
                if searching.done() and (lost := searching.result()) is not None:
                    self._office.room.offer_ended(lost, OfferOutcome.CALLER_LEFT)
                raise SessionOver
            if searching.done():
                return searching.result() or OverflowReason.MAX_WAIT
            ended: Wish | OverflowReason = next(task for task in others if task.done()).result()
            return ended
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._announcing.cut()

    def _task(self, name: str, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work, name=f"{name} {self._call_id}")
        self._tasks.append(task)
        return task

    async def _hear_keys(self) -> Wish:
        """Return what the first key that means something asks for."""
        listens_from = self._office.clock() + timedelta(seconds=OLD_KEY_SECONDS)
        while True:
            fact = await self._context.feed.next()
            if isinstance(fact, KeyPressed) and fact.leg_id == self._call_id and fact.at >= listens_from:
                wish = self._wish_of_key(fact.key)
                if wish is not None:
                    return wish
