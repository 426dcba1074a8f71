"""FastAGI: Asterisk connects for each call and asks what to do with it."""

from telephony.agi.codec import AgiCodec, CodecLimits, Hangup, Reply, Request
from telephony.agi.commands import app_argument, dial_destination, encode_command
from telephony.agi.server import AgiCounters, AgiLimits, AgiServer, Handler
from telephony.agi.session import AgiSession, Digits

__all__ = [
    "AgiCodec",
    "AgiCounters",
    "AgiLimits",
    "AgiServer",
    "AgiSession",
    "CodecLimits",
    "Digits",
    "Handler",
    "Hangup",
    "Reply",
    "Request",
    "app_argument",
    "dial_destination",
    "encode_command",
]
