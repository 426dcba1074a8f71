"""The SIPp scenario of a hotline target: one block of messages for each number, chosen by the Request-URI."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_LONGEST_TALK_SECONDS = 900.0
_LONGEST_RING_SECONDS = 180.0

_REASONS = {404: "Not Found", 480: "Temporarily Unavailable", 486: "Busy Here", 503: "Service Unavailable"}
_REASONS |= {600: "Busy Everywhere", 603: "Decline"}


@dataclass(frozen=True, slots=True)
class Answers:
    """A person picks up."""

    after_seconds: float = 0.5
    "How long it rings."

    talk_seconds: float | None = None
    "How long until the hotline hangs up; None talks until the far end hangs up."

    speaks: bool = True
    "Without it, not a packet of sound ever comes: a dead line."


@dataclass(frozen=True, slots=True)
class Refuses:
    """Nobody can be had: busy (486), declined (603), unknown (404), out of order (503)."""

    status: int = 486
    after_seconds: float = 0.0
    "How long it rings first; 0 refuses at once."


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """It rings until the far end gives up."""

    rings: bool = True
    "Without it, the network says that it is trying (100), and no more."


@dataclass(frozen=True, slots=True)
class Silent:
    """No response at all, as from a machine that is down."""


Behaviour = Answers | Refuses | NoAnswer | Silent

HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<scenario name="hotline target">
  <recv request="OPTIONS" optional="true" next="qualify"/>
  <recv request="INVITE" rrs="true">
    <action>
      <ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>
      <ereg regexp=".*" search_in="hdr" header="To:" assign_to="to"/>
      <ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="cseq"/>
{choices}    </action>
  </recv>
"""

_RESPONSE = """\
  <send{attributes}><![CDATA[
      SIP/2.0 {status}
      [last_Via:]
      [last_Record-Route:]
      From:[$from]
      To:[$to];tag=[pid]-[call_number]
      [last_Call-ID:]
      CSeq:{cseq}
      Contact: <sip:[local_ip]:[local_port]>
      {body}
  ]]></send>
"""

_IN_DIALOG_200 = """\
  <send><![CDATA[
      SIP/2.0 200 OK
      [last_Via:]
      [last_From:]
      [last_To:]{tag}
      [last_Call-ID:]
      [last_CSeq:]
      Contact: <sip:[local_ip]:[local_port]>
      {body}
  ]]></send>
"""

SDP = """Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=hotline 1 1 IN IP[local_ip_type] [local_ip]
      s=call
      c=IN IP[media_ip_type] [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 8 101
      a=rtpmap:8 PCMA/8000
      a=rtpmap:101 telephone-event/8000
      a=ptime:20
      a=sendrecv
"""

_NO_BODY = "Content-Length: 0\n"

_BYE = """\
  <label id="goodbye"/>
  <send retrans="500"><![CDATA[
      BYE [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From:[$to];tag=[pid]-[call_number]
      To:[$from]
      [last_Call-ID:]
      CSeq: 1 BYE
      Max-Forwards: 70
      [routes]
      Content-Length: 0

  ]]></send>
  <recv request="BYE" optional="true" next="far_end" timeout="4000" ontimeout="over"/>
  <recv response="481" optional="true" next="over"/>
  <recv response="200" timeout="4000" ontimeout="over" next="over"/>
"""


def write_target_scenario(
    numbers: Mapping[str, Behaviour], path: Path, voice: Path, ear_ports: Mapping[str, int] | None = None
) -> Path:
    """Write the scenario for these numbers; a picked-up call plays `voice` (raw A-law) over and over.

    A number with an ear's port has the far end send its voice there.
    """
    ears = ear_ports or {}
    names = {number: f"n{index}" for index, number in enumerate(numbers)}
    choices = "".join(
        f'      <ereg regexp="^INVITE sips?:{re.escape(number)}[@;]" search_in="msg" assign_to="{name}"/>\n'
        for number, name in names.items()
    )
    parts = [HEAD.format(choices=choices)]
    parts += [f'  <nop test="{name}" next="{name}"/>\n' for name in names.values()]
    parts.append(_refuses(404))
    parts += [
        f'  <label id="{names[number]}"/>\n{_block(names[number], behaviour, voice, _sdp(ears.get(number)))}'
        for number, behaviour in numbers.items()
    ]
    parts.append(ending())
    path.write_text("".join(parts), encoding="utf-8")
    return path


def _sdp(ear_port: int | None) -> str:
    if ear_port is None:
        return SDP
    # SIPp learns the port that it plays packets from only where it writes it on a line about audio
    return SDP.replace("audio [media_port]", f"audio {ear_port}") + "      a=x-audio-source:[media_port]\n"


def _block(name: str, behaviour: Behaviour, voice: Path, sdp: str) -> str:
    match behaviour:
        case Answers(after_seconds, talk_seconds, speaks):
            ring = response("180 Ringing") + rings(after_seconds, then=f"{name}_up")
            return f'{ring}  <label id="{name}_up"/>\n{_talks(name, talk_seconds, voice if speaks else None, sdp)}'
        case Refuses(status, after_seconds) if after_seconds > 0:
            ring = response("180 Ringing") + rings(after_seconds, then=f"{name}_no")
            return f'{ring}  <label id="{name}_no"/>\n{_refuses(status)}'
        case Refuses(status):
            return _refuses(status)
        case NoAnswer(rings=heard):
            return response("180 Ringing" if heard else "100 Trying") + rings(_LONGEST_RING_SECONDS, then="over")
        case Silent():
            return rings(_LONGEST_RING_SECONDS, then="over")


def rings(seconds: float, *, then: str) -> str:
    """Return the steps of ringing so long, unless the far end gives up."""
    timeout = max(round(seconds * 1000), 1)
    return (
        f'  <recv request="STOP" optional="true" next="closing" timeout="{timeout}" ontimeout="{then}"/>\n'
        f'  <recv request="CANCEL" next="cancelled" timeout="{timeout}" ontimeout="{then}"/>\n'
    )


def _refuses(status: int) -> str:
    reply = response(f"{status} {_REASONS.get(status, 'Refused')}", attributes=' retrans="500"')
    return f'{reply}  <recv request="ACK" next="over" timeout="4000" ontimeout="over"/>\n'


def _talks(name: str, seconds: float | None, voice: Path | None, sdp: str) -> str:
    talk = _LONGEST_TALK_SECONDS if seconds is None else seconds
    timeout = f'timeout="{max(round(talk * 1000), 1)}" ontimeout="goodbye"'
    speech = f'  <nop><action><exec rtp_stream="{voice},-1,8"/></action></nop>\n' if voice else ""
    up = response("200 OK", attributes=' retrans="500"', body=sdp)
    return (
        f'{up}  <recv request="CANCEL" optional="true" next="{name}_late" timeout="8000" ontimeout="goodbye"/>\n'
        f'  <recv request="BYE" optional="true" next="far_end"/>\n'
        f'  <recv request="ACK" timeout="8000" ontimeout="goodbye"/>\n'
        f'  <label id="{name}_talk"/>\n'
        f"{speech}"
        f'  <label id="{name}_listen"/>\n'
        f'  <recv request="INVITE" optional="true" next="{name}_offer" {timeout}/>\n'
        f'  <recv request="STOP" optional="true" next="goodbye" {timeout}/>\n'
        f'  <recv request="BYE" next="far_end" {timeout}/>\n'
        # a changed offer in mid-call: answer it, then listen on
        f'  <label id="{name}_offer"/>\n{in_dialog_200(body=sdp)}'
        f'  <recv request="ACK" next="{name}_listen" timeout="4000" ontimeout="{name}_listen"/>\n'
        # CANCEL and 200 crossed: the call stands, the far end will ACK and BYE
        f'  <label id="{name}_late"/>\n{in_dialog_200(tag=True)}'
        f'  <recv request="ACK" next="{name}_talk" timeout="8000" ontimeout="goodbye"/>\n'
    )


def ending() -> str:
    """Return the end of a scenario, with the labels that every block goes to."""
    terminated = response("487 Request Terminated", attributes=' retrans="500"')
    return (
        f'  <label id="cancelled"/>\n{in_dialog_200(tag=True)}{terminated}'
        f'  <recv request="ACK" next="over" timeout="4000" ontimeout="over"/>\n'
        f'{_BYE}  <label id="far_end"/>\n{in_dialog_200()}  <nop next="over"/>\n'
        f'  <label id="closing"/>\n{_refuses(480)}'
        f'  <label id="qualify"/>\n{in_dialog_200(tag=True)}'
        f'  <label id="over"/>\n  <nop/>\n</scenario>\n'
    )


def response(status: str, *, attributes: str = "", body: str = _NO_BODY) -> str:
    """Return the answer to the INVITE that began the call."""
    return _RESPONSE.format(status=status, attributes=attributes, cseq="[$cseq]", body=body)


def in_dialog_200(*, tag: bool = False, body: str = _NO_BODY) -> str:
    """Return the 200 OK to the request that was read last."""
    return _IN_DIALOG_200.format(tag=";tag=[pid]-[call_number]" if tag else "", body=body)
