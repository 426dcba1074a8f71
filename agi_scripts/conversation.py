"""An operator and a caller who talk, and the hotline that the operator asks meanwhile.

Asterisk's own attended transfer does the work on the channels: it holds the caller, lets the operator change sides,
puts the caller through, makes one conversation of three. Its keys are pressed by the operator, or for them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from acd.model import CallQueue
from calls.errors import NotFound, NotPossibleNow
from calls.legs import LegsJoined, TransferAsked

if TYPE_CHECKING:
    from agi_scripts.consult import Consultation
    from agi_scripts.context import CallContext

ASKING_SECONDS = 3.0
"""From an operator's keys to the hotline being dialled; then the operator may ask again."""

VERDICT_SECONDS = 1.0
"""How long the caller's side and the hotline's wait for each other to say who ended it."""

KEYS = {"complete": "*7", "join": "*8", "swap": "*9", "cancel": "*0"}
"""What an operator presses while a hotline is asked, as in features.conf; the API has it pressed for them."""

log = structlog.get_logger(__name__)


class Conversation:
    """One operator's conversation with a caller, for as long as the caller's side of it lasts."""

    def __init__(self, context: CallContext, queue: CallQueue, operator_id: str, channel: str) -> None:
        """`channel` is the operator's leg."""
        self.context = context
        self.queue = queue
        self.operator_id = operator_id
        self.channel = channel
        self.consultation: Consultation | None = None
        "The latest hotline that was asked."
        self.operator_left = False
        "The operator's leg ended while a hotline was asked: they put the caller through, or gave up the call."
        self.caller_left = False
        self.caller_over = asyncio.Event()
        "Set when the caller's side is over."
        self._asked: TransferAsked | None = None
        self._patience: asyncio.TimerHandle | None = None

    @property
    def is_consulting(self) -> bool:
        """Whether a hotline is asked now."""
        return self.consultation is not None and not self.consultation.over.is_set()

    def ask(self, asked: TransferAsked) -> None:
        """Have Asterisk hold the caller and let the operator speak with the hotline first."""
        try:
            hotline = self.context.definitions.hotlines.by_id(asked.target_id)
        except NotFound:
            return
        if self.is_consulting or self._asked is not None:
            return
        self._asked = asked
        self.context.feed.may_pass_on = False  # a second press changes nothing
        self._patience = asyncio.get_running_loop().call_later(ASKING_SECONDS, self._asked_in_vain)
        self.context.office.switchboard.ask_first(self.channel, f"**{hotline.key}")

    def begin(self, consultation: Consultation) -> None:
        """The hotline is being dialled."""
        self.consultation = consultation
        self.context.feed.may_pass_on = False

    def take_asked(self) -> TransferAsked | None:
        """Return what was asked for with keys or the API, once."""
        asked, self._asked = self._asked, None
        if self._patience is not None:
            self._patience.cancel()
        return asked

    def consultation_over(self) -> None:
        """The hotline's leg is over; the operator may pass the caller on again."""
        self.context.feed.may_pass_on = not self.operator_left and not self.caller_over.is_set()

    def joined(self, fact: LegsJoined) -> None:
        """The operator put the caller and the hotline together."""
        if self.consultation is not None:
            self.consultation.joined = True
            log.info("transfer_joined", transfer_id=self.consultation.transfer_id, threeway=fact.threeway)

    def press(self, verb: str) -> None:
        """Do what the operator's keys do: complete, join, swap, cancel. Raises NotPossibleNow where nobody is asked."""
        consultation = self.consultation
        if consultation is None or not self.is_consulting or self.operator_left:
            raise NotPossibleNow("No hotline is asked for this caller now.")
        if consultation.by_keys:
            self.context.office.switchboard.press(self.channel, KEYS[verb])
        elif verb == "cancel":
            self.context.office.switchboard.hang_up_leg(consultation.channel)
        else:
            raise NotPossibleNow("The operator asks the hotline on a line of their own: only their phone can do that.")

    def end(self, *, caller_left: bool) -> None:
        """The caller's side is over."""
        self.caller_left = caller_left
        self.caller_over.set()
        self.take_asked()

    async def passed_on(self) -> Consultation | None:
        """Return the hotline that the operator left the caller to, once it is known what came of it; None for none."""
        consultation = self.consultation
        if consultation is None or not self.operator_left or not (consultation.joined or consultation.by_keys):
            return None
        try:
            async with asyncio.timeout(VERDICT_SECONDS):
                await consultation.over.wait()
        except TimeoutError:
            log.warning("transfer_end_unseen", transfer_id=consultation.transfer_id)
        return consultation

    def _asked_in_vain(self) -> None:
        log.warning("consultation_not_begun", call_id=self.context.call.call_id)
        self._asked = None
        self.consultation_over()
