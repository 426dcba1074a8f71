"""What a recording sounds like: the strongest frequencies of each channel.

Needs numpy, so only tests and benches import it; `sounds` makes tones without.
"""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hotline.actors.sounds import SAMPLE_RATE, write_tone_wav

__all__ = ["dominant_frequencies", "hears", "read_channel", "sounding_seconds", "write_tone_wav"]

Samples = npt.NDArray[np.float64]

_SILENCE = 100.0
"Root mean square of 16-bit samples below which a block counts as silent."


def read_channel(wav_path: Path, channel: int = 0) -> tuple[Samples, int]:
    """Return one channel's samples and the sample rate; takes WAV with 16-bit samples and raw A-law (`.alaw`)."""
    if wav_path.suffix == ".alaw":
        return _decode_alaw(wav_path.read_bytes()), SAMPLE_RATE
    with wave.open(str(wav_path), "rb") as wav:
        if wav.getsampwidth() != 2:
            raise ValueError(f"{wav_path}: {wav.getsampwidth() * 8}-bit samples, only 16-bit are understood")
        samples = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2").astype(np.float64)
        return samples[channel :: wav.getnchannels()], wav.getframerate()


def dominant_frequencies(
    source: Path | npt.NDArray[Any], channel: int = 0, *, count: int = 1, rate: int = SAMPLE_RATE
) -> list[int]:
    """Return the `count` strongest frequencies in Hz, strongest first; fewer when the rest is 40 dB weaker."""
    samples, rate = read_channel(source, channel) if isinstance(source, Path) else (source.astype(np.float64), rate)
    if samples.size < rate // 10 or float(np.sqrt(np.mean(samples**2))) < _SILENCE / 10:
        return []
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    hertz_per_bin = rate / samples.size
    floor = float(spectrum.max()) / 100
    found: list[int] = []
    while len(found) < count:
        peak = int(spectrum.argmax())
        if spectrum[peak] < floor:
            break
        found.append(round(peak * hertz_per_bin))
        # one tone fills a few bins, more when it was switched on and off: clear 15 Hz to both sides
        width = max(int(15 / hertz_per_bin), 3)
        spectrum[max(peak - width, 0) : peak + width + 1] = 0
    return found


def hears(source: Path, hz: int, channel: int = 0, *, tolerance_hz: int = 8, among: int = 4) -> bool:
    """Say whether a tone is among the strongest of a channel."""
    return any(abs(found - hz) <= tolerance_hz for found in dominant_frequencies(source, channel, count=among))


def sounding_seconds(source: Path, hz: int, channel: int = 0) -> float:
    """Return for how long a tone sounds in a channel, in steps of 20 ms."""
    samples, rate = read_channel(source, channel)
    block = rate // 50
    blocks = samples[: samples.size // block * block].reshape(-1, block)
    phase = np.exp(-2j * np.pi * hz * np.arange(block) / rate)
    strength = np.abs(blocks @ phase) * 2 / block
    loudness = np.sqrt(np.mean(blocks**2, axis=1)) * np.sqrt(2)
    sounding = (loudness > _SILENCE) & (strength > 0.5 * loudness)
    return float(np.count_nonzero(sounding)) / 50


def _decode_alaw(data: bytes) -> Samples:
    codes = np.frombuffer(data, dtype=np.uint8).astype(np.int64) ^ 0x55
    exponent, mantissa = codes >> 4 & 7, codes & 15
    magnitude = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0))
    return np.where(codes & 0x80, magnitude, -magnitude).astype(np.float64)
