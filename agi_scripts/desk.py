"""agi://host/desk: what an operator dials by hand: a code (*60 to *65), or a colleague's number."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from acd.desk import OperatorDesk, PinRefused, WrongPin
from agi_scripts.desk_words import DeskPrompt
from agi_scripts.office import Office
from calls.errors import NotFound, NotPossibleNow, SessionOver
from calls.events import OperatorState
from telephony.agi.session import AgiSession
from telephony.phone_calls import CODES, PhoneCalls
from telephony.tracker import phone_of
from telephony.voice import AgiVoice

log = structlog.get_logger(__name__)

RINGS = "HOTLINE_RINGS"
"""Channel variable: whom the dialplan rings after this script; empty: nobody."""

CAUSE = "HOTLINE_CAUSE"
"""Channel variable: why nobody is rung, as a Q.850 cause."""

USER_BUSY, NO_SUCH_NUMBER, NOT_THERE = 17, 1, 20

CODE_LENGTH = 3
KEY_SECONDS = 6.0
"""Longest wait for each key of number and PIN."""

MAX_NUMBER, MAX_PIN = 8, 12
LOG_IN_TRIES = 3
"""How often number and PIN are asked for in one call."""

_BUSY = (OperatorState.RINGING, OperatorState.TALKING)


class DeskCodes:
    """The handler of the desk entry."""

    def __init__(self, office: Office, desk: OperatorDesk, calls: PhoneCalls) -> None:
        self._office = office
        self._desk = desk
        self._calls = calls
        self._codes: dict[str, Callable[[str, str, AgiSession], Awaitable[DeskPrompt]]] = {
            "*60": self._log_in,
            "*61": self._log_out,
            "*62": self._pause,
            "*63": self._resume,
            "*64": self._finish_wrap_up,
            "*65": self._extend_wrap_up,
        }

    async def __call__(self, session: AgiSession) -> None:
        """Do what was dialled; the phone hears what became of it."""
        phone, dialled = phone_of(session.request.channel), session.request.extension
        if phone is None:
            log.warning("desk_entered_by_no_phone", channel=session.request.channel)
            return
        try:
            if CODES.fullmatch(dialled):
                await self._code(session, phone, dialled)
            else:
                await self._colleague(session, phone, dialled)
        except SessionOver:
            return  # hung up before the end of it; what was asked for is done

    # -- codes -------------------------------------------------------------------------------------

    async def _code(self, session: AgiSession, phone: str, dialled: str) -> None:
        verb = self._codes[dialled[:CODE_LENGTH]]
        try:
            said = await verb(phone, dialled[CODE_LENGTH:], session)
        except (NotPossibleNow, NotFound) as error:
            log.info("code_refused", phone=phone, code=dialled[:CODE_LENGTH], error=error.error_id)
            said = DeskPrompt.NOT_NOW
        await session.answer_at_once()
        await self._voice(session).say([said], self._language)
        await session.hangup()

    async def _log_in(self, phone: str, number: str, session: AgiSession) -> DeskPrompt:
        await session.answer_at_once()
        voice, language = self._voice(session), self._language
        prompts = [DeskPrompt.NUMBER]
        for _ in range(LOG_IN_TRIES):
            number = number.strip("#*") or await voice.ask(prompts, language, KEY_SECONDS, max_digits=MAX_NUMBER)
            pin = await voice.ask([DeskPrompt.PIN], language, KEY_SECONDS, max_digits=MAX_PIN) if number else ""
            try:
                await self._desk.log_in_with_pin(number, pin, phone)
            except WrongPin:
                # in one go with the next question: who knows it begins to key in at once
                number, prompts = "", [DeskPrompt.WRONG, DeskPrompt.NUMBER]
            except PinRefused:
                break
            else:
                self._calls.when_over(session.request.uniqueid, lambda: self._desk.free_after_code(phone))
                return DeskPrompt.LOGGED_IN
        return DeskPrompt.REFUSED

    async def _log_out(self, phone: str, _rest: str, _session: AgiSession) -> DeskPrompt:
        operator_id = self._desk.room.operator_at(phone)
        if operator_id is None:
            return DeskPrompt.LOG_IN_FIRST
        self._desk.log_out(operator_id, by="code")
        return DeskPrompt.LOGGED_OUT

    async def _pause(self, phone: str, key: str, _session: AgiSession) -> DeskPrompt:
        operator_id = self._desk.room.operator_at(phone)
        if operator_id is None:
            return DeskPrompt.LOG_IN_FIRST
        reason = self._desk.reason_of_key(key.strip("#*"))
        if reason is None:
            return DeskPrompt.NOT_NOW
        self._desk.pause(operator_id, reason)
        presence = self._desk.room.presence(operator_id)
        return DeskPrompt.PAUSE_LATER if presence is not None and presence.state in _BUSY else DeskPrompt.PAUSED

    async def _resume(self, phone: str, _rest: str, session: AgiSession) -> DeskPrompt:
        return self._once_over(phone, session, DeskPrompt.READY, self._desk.room.resume)

    async def _finish_wrap_up(self, phone: str, _rest: str, session: AgiSession) -> DeskPrompt:
        return self._once_over(phone, session, DeskPrompt.WRAP_UP_DONE, self._desk.room.finish_wrap_up)

    def _once_over(self, phone: str, session: AgiSession, said: DeskPrompt, verb: Callable[[str], bool]) -> DeskPrompt:
        """Do it once this call is over: a caller may be waiting, and a phone in use would refuse them."""
        operator_id = self._desk.room.operator_at(phone)
        if operator_id is None:
            return DeskPrompt.LOG_IN_FIRST
        self._calls.when_over(session.request.uniqueid, lambda: self._if_still_there(operator_id, verb))
        return said

    def _if_still_there(self, operator_id: str, verb: Callable[[str], bool]) -> None:
        if self._desk.room.presence(operator_id) is not None:  # a reload may have removed them meanwhile
            verb(operator_id)

    async def _extend_wrap_up(self, phone: str, _rest: str, _session: AgiSession) -> DeskPrompt:
        operator_id = self._desk.room.operator_at(phone)
        if operator_id is None:
            return DeskPrompt.LOG_IN_FIRST
        self._desk.extend_wrap_up(operator_id)
        return DeskPrompt.WRAP_UP_LONGER

    # -- a colleague -------------------------------------------------------------------------------

    async def _colleague(self, session: AgiSession, phone: str, number: str) -> None:
        """Tell the dialplan which phone to ring, or why none is."""
        room = self._desk.room
        own_id, presence = room.operator_at(phone), room.presence(number)
        if own_id is not None:
            await session.set_variable("CALLERID(num)", own_id)
        if presence is None:
            await session.set_variable(CAUSE, str(NO_SUCH_NUMBER))
        elif not presence.can_be_rung:
            await session.set_variable(CAUSE, str(NOT_THERE))
        elif number == own_id or presence.state in _BUSY or presence.own_calls:
            await session.set_variable(CAUSE, str(USER_BUSY))
        else:
            await session.set_variable(RINGS, f"PJSIP/{room.phone_of(number)}")

    @property
    def _language(self) -> str:
        return self._office.definitions.default_language

    def _voice(self, session: AgiSession) -> AgiVoice:
        definitions = self._office.definitions
        return AgiVoice(session, definitions.prompts_dir, definitions.prompts.files, self._office.prompt_files)
