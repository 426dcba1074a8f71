"""Operators' phones that pass callers on by themselves: one presses keys, one sends REFER, one leaves it to a console.

One SIPp process for all of them. The first two digits of an operator's number say how, the third says to which hotline;
a call that comes back from a hotline (its INVITE names a topic) is talked to and ended.
"""

from __future__ import annotations

from pathlib import Path

from bench.phones import PhoneProcess
from bench.transfer_city import HOTLINES, KEYS
from hotline.actors.sounds import KeyPosition, write_keys_pcap
from hotline.actors.target_scenario import HEAD, SDP, ending, in_dialog_200, response, rings

PRESSING, REFERRING, LEAVING = "21", "22", "23"
"""First digits of the numbers of operators who press keys, send REFER, and do nothing."""

RING_SECONDS = 0.1
BEFORE_SECONDS = 0.6
"""From the answer to the transfer."""

LAST_WORDS_SECONDS = 0.8
"""How long a caller who came back is talked to."""

_REFER = """\
  <send retrans="500"><![CDATA[
      REFER [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From:[$to];tag=[pid]-[call_number]
      To:[$from]
      [last_Call-ID:]
      CSeq: 7 REFER
      Contact: <sip:[local_ip]:[local_port]>
      Max-Forwards: 70
      [routes]
      Refer-To: <sip:{number}@[local_ip]>
      Content-Length: 0

  ]]></send>
"""


class PassingPhones(PhoneProcess):
    """All operators' phones."""

    def _scenario(self, voice: Path) -> str:
        names = {f"{how}{index}": f"n{how}{index}" for how in (PRESSING, REFERRING) for index in range(len(HOTLINES))}
        choices = '      <ereg regexp="X-Hotline-Topic: *[a-z]" search_in="msg" assign_to="back"/>\n' + "".join(
            f'      <ereg regexp="^INVITE sips?:{digits}" search_in="msg" assign_to="{name}"/>\n'
            for digits, name in names.items()
        )
        parts = [HEAD.format(choices=choices), '  <nop test="back" next="back"/>\n']
        parts += [f'  <nop test="{name}" next="{name}"/>\n' for name in names.values()]
        parts.append(self._picks_up("leaving", voice) + _until_bye("leaving"))
        for digits, name in names.items():
            hotline_id = list(HOTLINES)[int(digits[2])]
            act = self._presses(hotline_id) if digits.startswith(PRESSING) else _refers(hotline_id)
            parts.append(f'  <label id="{name}"/>\n{self._picks_up(name, voice)}{_pause(name)}{act}{_until_bye(name)}')
        parts.append(f'  <label id="back"/>\n{self._picks_up("b", voice)}{_pause("b", LAST_WORDS_SECONDS)}')
        parts.append('  <nop next="goodbye"/>\n')
        parts.append(ending())
        return "".join(parts)

    def _picks_up(self, name: str, voice: Path) -> str:
        up = response("200 OK", attributes=' retrans="500"', body=SDP)
        return (
            f'{response("180 Ringing")}{rings(RING_SECONDS, then=f"{name}_up")}  <label id="{name}_up"/>\n{up}'
            f'  <recv request="BYE" optional="true" next="far_end"/>\n'
            f'  <recv request="ACK" timeout="8000" ontimeout="goodbye"/>\n'
            f'  <nop><action><exec rtp_stream="{voice},-1,8"/></action></nop>\n'
        )

    def _presses(self, hotline_id: str) -> str:
        pcap = self._folder.resolve() / f"keys-{hotline_id}.pcap"
        write_keys_pcap(pcap, f"*1{KEYS[hotline_id]}", KeyPosition(), payload_type=101)
        # voice rests while keys are sent, as a telephone does
        return f'  <nop><action><exec rtp_stream="pause"/><exec play_pcap_audio="{pcap}"/></action></nop>\n'


def _pause(name: str, seconds: float = BEFORE_SECONDS) -> str:
    timeout = f'timeout="{round(seconds * 1000)}" ontimeout="{name}_act"'
    return f'  <recv request="BYE" next="far_end" {timeout}/>\n  <label id="{name}_act"/>\n'


def _refers(hotline_id: str) -> str:
    return _REFER.format(number=HOTLINES[hotline_id][0])


def _until_bye(name: str) -> str:
    timeout = 'timeout="30000" ontimeout="goodbye"'
    return (
        f'  <label id="{name}_listen"/>\n'
        f'  <recv response="202" optional="true" next="{name}_listen" {timeout}/>\n'
        f'  <recv request="INVITE" optional="true" next="{name}_offer" {timeout}/>\n'
        f'  <recv request="NOTIFY" optional="true" next="{name}_news" {timeout}/>\n'
        f'  <recv request="BYE" next="far_end" {timeout}/>\n'
        f'  <label id="{name}_news"/>\n{in_dialog_200()}  <nop next="{name}_listen"/>\n'
        f'  <label id="{name}_offer"/>\n{in_dialog_200(body=SDP)}'
        f'  <recv request="ACK" next="{name}_listen" timeout="4000" ontimeout="{name}_listen"/>\n'
    )
