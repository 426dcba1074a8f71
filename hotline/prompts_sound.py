"""Makes sounds fit for the telephone with sox: 8 kHz A-law, at once, at one level; and the music callers wait with."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hotline.prompts_speech import SpeechFailed, run_tool

BYTES_PER_SECOND = 8000
"A-law at 8 kHz: one byte for each sample, no header."

ALAW = ("-t", "raw", "-r", "8000", "-e", "a-law", "-b", "8", "-c", "1")

_SPOKEN = (
    *("gain", "-6"),  # headroom for the filters: the engine speaks up to the edge
    *("highpass", "120"),
    # the first sound comes at once, and the end is not waited for
    *("silence", "1", "0.005", "0.3%", "reverse", "silence", "1", "0.005", "0.3%", "reverse"),
    # soft syllables are lifted: Mandarin tones must survive a street and a small loudspeaker
    *("compand", "0.005,0.15", "6:-70,-60,-22", "-6", "-90", "0.05"),
    *("norm", "-3", "pad", "0"),
)

SPOKEN_EFFECTS = (*_SPOKEN, "0.12")
"Measured on the example city: -21 dBFS, no sample of silence before the first sound, 120 ms after the last."

PIECE_EFFECTS = (*_SPOKEN, "0.02")
"A piece of a sentence: the next one follows at once."

SILENCE = b"\xd5"
"One sample of A-law in which nothing is heard."

PAUSE_SECONDS = 0.25
"Between two groups of digits."

MIN_SECONDS = 0.03
"Anything shorter, without what is padded, is no prompt: the engine knew none of the words."

CHORDS = ((220.0, 277.18, 329.63), (196.0, 246.94, 293.66), (174.61, 220.0, 261.63), (196.0, 246.94, 329.63))
"Frequencies in Hz of the music's chords, 5 seconds each."

CHORD_SECONDS = "5"


def to_telephone(source: Path, alaw: Path, effects: tuple[str, ...] = ()) -> None:
    """Convert a sound to A-law; trim and level it where an engine spoke it (a recording is left as it was made)."""
    kind = ALAW if source.suffix == ".alaw" else ()
    run_tool(["sox", "-D", "-V1", *kind, str(source), *ALAW, str(alaw), *effects])
    padded = float(effects[-1]) if effects else 0.0
    if alaw.stat().st_size < (padded + MIN_SECONDS) * BYTES_PER_SECOND:
        raise SpeechFailed("nothing but silence was spoken; is the text in this language?")


def build_music(music_dir: Path, recorded_dir: Path | None = None) -> None:
    """Write the music of each class: the folders of `recorded_dir`, and soft chords for `default` where it has none.

    What is there already is kept while its source is not newer.
    """
    sources = sorted(recorded_dir.glob("*/*")) if recorded_dir is not None and recorded_dir.is_dir() else []
    for source in sources:
        target = music_dir / source.parent.name / f"{source.stem}.alaw"
        if source.is_file() and not (target.is_file() and target.stat().st_mtime >= source.stat().st_mtime):
            with _scratch(target) as scratch:
                to_telephone(source, Path(scratch) / "music.alaw")
                (Path(scratch) / "music.alaw").replace(target)
    chords = music_dir / "default" / "chords.alaw"
    if any(source.parent.name == "default" for source in sources):
        chords.unlink(missing_ok=True)
    elif not chords.is_file():
        with _scratch(chords) as scratch:
            _write_chords(Path(scratch))
            (Path(scratch) / "chords.alaw").replace(chords)


def _scratch(target: Path) -> tempfile.TemporaryDirectory[str]:
    # outside the class's folder, where Asterisk would play it, and on the same disk, so that the rename is whole
    target.parent.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix=".building-", dir=target.parent.parent)


def _write_chords(folder: Path) -> None:
    parts = [folder / f"{index}.wav" for index in range(len(CHORDS))]
    for part, (first, *others) in zip(parts, CHORDS, strict=True):
        notes = ["synth", CHORD_SECONDS, "sine", str(first)]
        for other in others:
            notes += ["synth", CHORD_SECONDS, "sine", "mix", str(other)]
        soften = ["fade", "q", "1", CHORD_SECONDS, "1", "tremolo", "0.4", "25", "vol", "0.08"]
        run_tool(["sox", "-D", "-V1", "-n", "-r", "8000", "-c", "1", "-b", "16", str(part), *notes, *soften])
    run_tool(["sox", "-D", "-V1", *map(str, parts), *ALAW, str(folder / "chords.alaw")])
