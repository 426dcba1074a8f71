"""SIPp scenarios for citizens, written from their scripts.

Every wait is a `recv` with a timeout, never a `pause`: so a BYE, a re-INVITE or a cue from the test is understood
whenever it comes. Requests of the methods CUE1, CUE2, ... and STOP are not SIP: `Citizen` sends them to steer its
own call.
"""

from __future__ import annotations

import struct
from pathlib import Path
from xml.sax.saxutils import escape

from hotline.actors.scripts import CitizenScript, HangUp, PressKey, Step, WaitForCue, WaitForHangup, WaitSeconds
from hotline.actors.sounds import KEYS, KeyPosition, keys_seconds, write_keys_pcap, write_tone_alaw

CLIENT_REFUSALS = (
    400,
    401,
    403,
    404,
    405,
    406,
    407,
    408,
    410,
    415,
    420,
    480,
    481,
    482,
    483,
    484,
    485,
    486,
    487,
    488,
    491,
)
SERVER_REFUSALS = (500, 501, 502, 503, 504, 505, 600, 603, 604, 606)

_INVITE_BRANCH = "z9hG4bK-[pid]-[call_number]-invite"
_FROM = "From: {display}<sip:{ani}@[local_ip]:[local_port]>;tag=[pid]-[call_number]"

_SDP = """\
      v=0
      o=citizen 1 [cseq] IN IP[local_ip_type] [local_ip]
      s=call
      c=IN IP[media_ip_type] [media_ip]
      t=0 0
      m=audio {ear_port} RTP/AVP 8 {events}
      a=rtpmap:8 PCMA/8000
      a=rtpmap:{events} telephone-event/8000
      a=fmtp:{events} 0-15
      a=ptime:20
      a=sendrecv
{source}"""

# repeated headers of an answer; SIPp copies them from the request it has just read
_ANSWER = """\
  <send{attributes}><![CDATA[
      SIP/2.0 200 OK
      [last_Via:]
      [last_From:]
      [last_To:]
      [last_Call-ID:]
      [last_CSeq:]
      Contact: <sip:[local_ip]:[local_port]>
      {body}
  ]]></send>
"""


class ScenarioWriter:
    """Writes one script as a SIPp scenario, with the sound files it plays beside it."""

    def __init__(
        self, script: CitizenScript, dialled: str, folder: Path, *, raw_packets: bool, ear_port: int | None = None
    ) -> None:
        self._script = script
        self._dialled = dialled
        self._folder = folder
        self._raw_packets = raw_packets
        # 98 is the one dynamic type whose packets SIPp can also stream without raw sockets
        events = 101 if raw_packets else 98
        # SIPp learns the port that it plays packets from only where it writes it on a line about audio
        source = "" if ear_port is None else "      a=x-audio-source:[media_port]\n"
        self._sdp = _SDP.format(events=events, ear_port=ear_port or "[media_port]", source=source)
        self._keys = KeyPosition()
        self._waits = 0
        self._cues = 0
        self._after: list[str] = []

    def write(self) -> Path:
        """Write the scenario and return its path."""
        parts = [
            '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="citizen">\n',
            self._invite(),
            self._picked_up(),
        ]
        for step in self._script.steps:
            if isinstance(step, HangUp):
                break
            parts.append(self._step(step))
        parts += [self._hang_up(), *self._after, self._cancel(), self._endings(), "</scenario>\n"]
        path = self._folder / "scenario.xml"
        path.write_text("".join(parts), encoding="utf-8")
        return path

    # the call's beginning

    def _invite(self) -> str:
        extra = "".join(f"      {name}: {value}\n" for name, value in self._script.headers.items())
        patience = f'timeout="{_ms(self._script.patience_seconds)}" ontimeout="cancel"'
        provisional = "".join(
            f'  <recv response="{code}" optional="true" response_txn="invite" {patience}/>\n'
            for code in (100, 180, 181, 182, 183)
        )
        refused = "".join(
            f'  <recv response="{code}" optional="true" response_txn="invite" next="refused"/>\n'
            for code in (*CLIENT_REFUSALS, *SERVER_REFUSALS)
        )
        return (
            f'  <send retrans="500" start_txn="invite"><![CDATA[\n'
            f"{self._request('INVITE', self._target(), _INVITE_BRANCH, '1 INVITE', to=self._to())}"
            f"      Contact: <sip:{self._script.ani}@[local_ip]:[local_port]>\n"
            f"      Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE\n{extra}"
            f"      Content-Type: application/sdp\n      Content-Length: [len]\n\n{self._sdp}  ]]></send>\n"
            f'{provisional}{refused}  <recv request="STOP" optional="true" next="cancel"/>\n'
            f'  <recv response="200" response_txn="invite" rrs="true" {patience}/>\n'
        )

    def _picked_up(self) -> str:
        ack = self._in_dialog("ACK", "1 ACK")
        voice = ""
        if self._script.voice_hz is not None:
            tone = write_tone_alaw(self._folder / f"voice-{self._script.voice_hz}.alaw", self._script.voice_hz)
            voice = f'  <nop><action><exec rtp_stream="{tone},-1,8"/></action></nop>\n'
        return f'  <send ack_txn="invite"><![CDATA[\n{ack}  ]]></send>\n{voice}'

    # its middle

    def _step(self, step: Step) -> str:
        match step:
            case WaitSeconds(seconds):
                return self._wait(seconds)
            case WaitForHangup(max_seconds):
                return self._wait(max_seconds)
            case WaitForCue(max_seconds):
                return self._wait(max_seconds, cue=True)
            case PressKey(keys):
                return self._press(keys)
            case HangUp():
                return ""

    def _wait(self, seconds: float, *, cue: bool = False) -> str:
        self._waits += 1
        here, onward = f"wait{self._waits}", f"go_on{self._waits}"
        timeout = f'timeout="{_ms(seconds)}" ontimeout="{onward}"'
        answered = _ANSWER.format(
            attributes="", body=f"Content-Type: application/sdp\n      Content-Length: [len]\n\n{self._sdp.lstrip()}"
        )
        # a changed offer in mid-call: answer it, then start this wait again
        self._after.append(
            f'  <label id="offer{self._waits}"/>\n{answered}  <recv request="ACK" next="{here}" timeout="4000"'
            f' ontimeout="{here}"/>\n'
        )
        heard = ""
        if cue:
            self._cues += 1
            log = f'<action><log message="[call_id] cue {self._cues} [timestamp]"/></action>'
            heard = f'  <recv request="CUE{self._cues}" optional="true" next="{onward}" {timeout}>{log}</recv>\n'
        return (
            f'  <label id="{here}"/>\n{heard}'
            f'  <recv request="INVITE" optional="true" next="offer{self._waits}" {timeout}/>\n'
            f'  <recv request="STOP" optional="true" next="hang_up" {timeout}/>\n'
            f'  <recv request="BYE" next="far_end" {timeout}/>\n'
            f'  <label id="{onward}"/>\n'
        )

    def _press(self, keys: str) -> str:
        log = f'<log message="[call_id] key {escape(keys)} [timestamp]"/>'
        if not self._raw_packets:
            return "".join(self._press_streamed(key) for key in keys)
        self._waits += 1
        pcap = self._folder / f"keys-{self._waits}.pcap"
        self._keys = write_keys_pcap(pcap, keys, self._keys, payload_type=101)
        # voice rests while keys are sent, as a telephone does
        play = f'<exec rtp_stream="pause"/><exec play_pcap_audio="{pcap}"/>'
        resume = '  <nop><action><exec rtp_stream="resume"/></action></nop>\n'
        return f"  <nop><action>{log}{play}</action></nop>\n{self._wait(keys_seconds(keys))}{resume}"

    def _press_streamed(self, key: str) -> str:
        """Send a key as SIPp can without raw sockets: three padded packets whose timestamps move on.

        RFC 4733 wants one timestamp for one key, yet Asterisk and baresip hear one key: they count changes of event.
        """
        event = self._folder / f"key-{KEYS.index(key)}.event"
        states = ((0x0A, 240), (0x0A, 480), (0x8A, 720))
        event.write_bytes(b"".join(struct.pack(">BBH46x", KEYS.index(key), *state) for state in states))
        play = f'<exec rtp_stream="{event},1,98"/>'
        log = f'<log message="[call_id] key {escape(key)} [timestamp]"/>'
        back = self._wait(0.2)
        if self._script.voice_hz is not None:
            tone = self._folder / f"voice-{self._script.voice_hz}.alaw"
            back += f'  <nop><action><exec rtp_stream="{tone},-1,8"/></action></nop>\n'
        return f"  <nop><action>{log}{play}</action></nop>\n{back}"

    # its end

    def _hang_up(self) -> str:
        bye = self._in_dialog("BYE", "2 BYE")
        return (
            f'  <label id="hang_up"/>\n  <send retrans="500" start_txn="bye"><![CDATA[\n{bye}  ]]></send>\n'
            f'  <label id="hanging_up"/>\n'
            f'  <recv request="BYE" optional="true" next="crossed" timeout="4000" ontimeout="over"/>\n'
            f'  <recv response="481" optional="true" response_txn="bye" next="over"/>\n'
            f'  <recv response="200" response_txn="bye" next="over" timeout="4000" ontimeout="over"/>\n'
            f'  <label id="crossed"/>\n{_answer()}  <nop next="hanging_up"/>\n'
            f'  <label id="far_end"/>\n{_answer()}  <nop next="over"/>\n'
        )

    def _cancel(self) -> str:
        cancel = self._request("CANCEL", self._target(), _INVITE_BRANCH, "1 CANCEL", to=self._to())
        late = self._in_dialog("ACK", "1 ACK")
        return (
            f'  <label id="cancel"/>\n  <send retrans="500" start_txn="cancel"><![CDATA[\n{cancel}'
            f"      Content-Length: 0\n\n  ]]></send>\n"
            f'  <recv response="200" optional="true" response_txn="cancel" timeout="4000" ontimeout="over"/>\n'
            f'  <recv response="481" optional="true" response_txn="cancel" next="over"/>\n'
            f'  <recv response="200" optional="true" response_txn="invite" rrs="true" next="late"/>\n'
            f'  <recv response="487" response_txn="invite" next="refused" timeout="4000" ontimeout="over"/>\n'
            f'  <label id="late"/>\n  <send ack_txn="invite" next="hang_up"><![CDATA[\n{late}  ]]></send>\n'
        )

    def _endings(self) -> str:
        ack = self._request("ACK", self._target(), _INVITE_BRANCH, "1 ACK", to=f"{self._to()}[peer_tag_param]")
        return (
            f'  <label id="refused"/>\n  <send ack_txn="invite"><![CDATA[\n{ack}'
            f"      Content-Length: 0\n\n  ]]></send>\n"
            f'  <label id="over"/>\n  <nop><action><log message="[call_id] over [timestamp]"/></action></nop>\n'
        )

    # requests

    def _target(self) -> str:
        return f"sip:{self._dialled}@[remote_ip]:[remote_port]"

    def _to(self) -> str:
        return f"To: <{self._target()}>"

    def _in_dialog(self, method: str, cseq: str) -> str:
        head = self._request(method, "[next_url]", "[branch]", cseq, to=f"{self._to()}[peer_tag_param]")
        return f"{head}      [routes]\n      Content-Length: 0\n\n"

    def _request(self, method: str, uri: str, branch: str, cseq: str, *, to: str) -> str:
        display = f'"{self._script.name}" ' if self._script.name else ""
        lines = (
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}",
            _FROM.format(display=display, ani=self._script.ani),
            to,
            "Call-ID: [call_id]",
            f"CSeq: {cseq}",
            "Max-Forwards: 70",
        )
        return "".join(f"      {line}\n" for line in lines)


def _answer() -> str:
    return _ANSWER.format(attributes="", body="Content-Length: 0\n")


def _ms(seconds: float) -> int:
    return max(round(seconds * 1000), 1)
