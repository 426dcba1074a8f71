"""Which prompts somebody heard: the sound of their files found again, byte for byte, in the packets that came.

Asterisk plays A-law files to A-law telephones as they are, so 20 ms of a prompt are enough to know it. Packets need not
begin where a file's frames do: what follows a file of odd length in a class of music is shifted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from pathlib import Path

from hotline.actors.ears import SILENT_CODES, HeardPacket

_PIECE_BYTES = 160
_SILENT = bytes(SILENT_CODES)


@dataclass(frozen=True, slots=True)
class HeardPrompt:
    """A prompt, and when the first of it arrived."""

    name: str
    at: datetime


class PromptSounds:
    """The prompts of one language, told apart by what is heard in no other of them."""

    def __init__(self, folder: Path) -> None:
        """Read every `<name>.alaw`; files that are the same to the byte go by the first name in the alphabet."""
        sounds: dict[bytes, str] = {}
        self._name_of: dict[str, str] = {}
        for path in sorted(folder.glob("*.alaw")):
            self._name_of[path.stem] = sounds.setdefault(path.read_bytes(), path.stem)
        self._pieces = {piece: name for sound, name in sounds.items() for piece in _loud_pieces(sound)}
        for sound, name in sounds.items():
            for start in range(len(sound) - _PIECE_BYTES + 1):
                piece = sound[start : start + _PIECE_BYTES]
                if self._pieces.get(piece, name) != name:
                    del self._pieces[piece]
        self._known = set(self._pieces.values())

    def name_of(self, prompt: str) -> str:
        """Return by which name a prompt is told; raises ValueError where it cannot be told from the others."""
        name = self._name_of.get(prompt)
        if name not in self._known:
            raise ValueError(f"{prompt}: {'no such prompt' if name is None else 'nothing in it that no other has'}")
        return str(name)

    def heard(self, packets: Iterable[HeardPacket], since: datetime | None = None) -> list[HeardPrompt]:
        """Return each prompt that was heard from a moment on, in the order in which they began."""
        kept = [packet for packet in packets if since is None or packet.at >= since]
        stream = b"".join(packet.alaw for packet in kept)
        ends = list(accumulate(len(packet.alaw) for packet in kept))
        found: dict[str, datetime] = {}
        for start in range(len(stream) - _PIECE_BYTES + 1):
            name = self._pieces.get(stream[start : start + _PIECE_BYTES])
            if name is not None and name not in found:
                found[name] = kept[bisect_right(ends, start)].at
        return [HeardPrompt(name, at) for name, at in found.items()]


def _loud_pieces(sound: bytes) -> Iterable[bytes]:
    """Cut a sound into pieces; those that are silent for the most part tell nothing of where they are from."""
    for start in range(0, len(sound) - _PIECE_BYTES + 1, _PIECE_BYTES):
        piece = sound[start : start + _PIECE_BYTES]
        if len(piece.translate(None, _SILENT)) >= _PIECE_BYTES // 2:
            yield piece
