"""Sounds and keys as files, made with the standard library only: tones, silence-free loops, RFC 4733 events."""

from __future__ import annotations

import array
import math
import struct
import sys
import wave
from dataclasses import dataclass
from pathlib import Path

SAMPLE_RATE = 8000
KEYS = "0123456789*#ABCD"
"The keys of a telephone, in the order of their RFC 4733 event numbers."

KEY_SECONDS = 0.1
GAP_SECONDS = 0.1
"How long one key is held, and the pause after it."

_PACKET_SECONDS = 0.02
_PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
_KEY_SSRC = 0x4B455953
_PORT = 6000


@dataclass(frozen=True, slots=True)
class KeyPosition:
    """Where the next key stands in a call's stream of keys: a receiver drops events that go back in time."""

    sequence: int = 1000
    "RTP sequence number of the next packet."

    timestamp: int = 8000
    "RTP timestamp of the next key, in samples."


def tone_samples(hz: int, seconds: float, amplitude: float = 0.25) -> array.array[int]:
    """Return a sine tone as signed 16-bit samples at 8 kHz."""
    scale = amplitude * 32767
    step = 2 * math.pi * hz / SAMPLE_RATE
    # a whole number of hertz repeats every second: compute one second, then copy
    second = array.array("h", (round(scale * math.sin(step * n)) for n in range(SAMPLE_RATE)))
    whole, rest = divmod(round(seconds * SAMPLE_RATE), SAMPLE_RATE)
    return second * whole + second[:rest]


def write_tone_wav(path: Path, hz: int, seconds: float) -> Path:
    """Write a mono tone as WAV, 16 bits at 8 kHz."""
    samples = tone_samples(hz, seconds)
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(SAMPLE_RATE)
        wav.writeframes(samples.tobytes())
    return path


def write_tone_alaw(path: Path, hz: int, seconds: float = 1.0) -> Path:
    """Write a tone as raw A-law at 8 kHz; whole seconds can be looped without a click."""
    path.write_bytes(encode_alaw(tone_samples(hz, seconds)))
    return path


def encode_alaw(samples: array.array[int]) -> bytes:
    """Encode signed 16-bit samples as G.711 A-law."""
    return bytes(_alaw_byte(sample) for sample in samples)


def _alaw_byte(sample: int) -> int:
    sign = 0x80 if sample >= 0 else 0
    magnitude = min(sample if sample >= 0 else -sample - 1, 0x7FFF) >> 3
    exponent = max(magnitude.bit_length() - 5, 0)
    mantissa = (magnitude >> max(exponent, 1)) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55


def write_keys_pcap(path: Path, keys: str, position: KeyPosition, payload_type: int) -> KeyPosition:
    """Write keys as the RTP packets of a telephone (RFC 4733) and return where the next keys go on."""
    packets: list[tuple[float, bytes]] = []
    sequence, timestamp, start = position.sequence, position.timestamp, 0.0
    updates = round(KEY_SECONDS / _PACKET_SECONDS)
    for key in keys:
        event = KEYS.index(key)
        for update in range(updates + 3):
            # the last state is sent three times with the end bit, as RFC 4733 2.5.1.4 asks
            held = min(update + 1, updates)
            end = 0x80 if update >= updates else 0
            marker = 0x80 if update == 0 else 0
            rtp = struct.pack(">BBHII", 0x80, marker | payload_type, sequence & 0xFFFF, timestamp, _KEY_SSRC)
            body = struct.pack(">BBH", event, end | 10, held * 160)
            packets.append((start + min(update, updates) * _PACKET_SECONDS, rtp + body))
            sequence += 1
        timestamp += round((KEY_SECONDS + GAP_SECONDS) * SAMPLE_RATE)
        start += KEY_SECONDS + GAP_SECONDS
    path.write_bytes(_PCAP_HEADER + b"".join(_pcap_record(at, payload) for at, payload in packets))
    return KeyPosition(sequence, timestamp)


def keys_seconds(keys: str) -> float:
    """Return how long pressing these keys takes, pauses included."""
    return len(keys) * (KEY_SECONDS + GAP_SECONDS)


def _pcap_record(at_seconds: float, payload: bytes) -> bytes:
    udp = struct.pack(">HHHH", _PORT, _PORT, 8 + len(payload), 0) + payload
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, 0x7F000001, 0x7F000001) + udp
    frame = bytes(12) + b"\x08\x00" + ip
    seconds, micros = divmod(round(at_seconds * 1_000_000), 1_000_000)
    return struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame
