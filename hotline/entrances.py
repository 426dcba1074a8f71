"""The entrances of calls: who speaks with a channel that Asterisk brings, by the name of its script."""

from __future__ import annotations

from acd.desk import OperatorDesk
from agi_scripts.call_back import CallBack
from agi_scripts.consult import Consult
from agi_scripts.desk import DeskCodes
from agi_scripts.inbound import Inbound
from agi_scripts.office import Office
from telephony.agi.server import Handler
from telephony.phone_calls import PhoneCalls


def entrances(office: Office, desk: OperatorDesk, calls: PhoneCalls, consult: Consult) -> dict[str, Handler]:
    """Return the handler of each script that the dialplan asks for."""
    return {
        "inbound": Inbound(office),
        "call_back": CallBack(office),
        "desk": DeskCodes(office, desk, calls),
        "consult": consult,
    }
