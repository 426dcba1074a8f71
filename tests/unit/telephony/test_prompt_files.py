"""Several prompts become one file."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from telephony import prompt_files
from telephony.prompt_files import PromptFiles, to_alaw, tone_bytes


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    for name, sound in (("a", b"AA"), ("b", b"BB"), ("c", b"C")):
        (tmp_path / f"{name}.alaw").write_bytes(sound)
    return tmp_path


def content(file: str) -> bytes:
    return Path(f"{file}.alaw").read_bytes()


async def test_joined_once_and_again_when_one_changes(prompts: Path, tmp_path: Path) -> None:
    files = PromptFiles(tmp_path / "joined")
    both = await files.one([prompts / "a", prompts / "b"])
    assert content(both) == b"AABB"
    assert await files.one([prompts / "a", prompts / "b"]) == both
    (prompts / "a.alaw").write_bytes(b"new")
    changed = await files.one([prompts / "a", prompts / "b"])
    assert changed != both
    assert content(changed) == b"newBB"


async def test_one_alone_is_itself_and_a_missing_one_is_left_out(prompts: Path, tmp_path: Path) -> None:
    files = PromptFiles(tmp_path / "joined")
    assert await files.one([prompts / "a"]) == str(prompts / "a")
    assert await files.one([prompts / "gone", prompts / "b"]) == str(prompts / "b")
    assert await files.one([prompts / "gone"]) == ""
    assert await files.one([]) == ""


async def test_the_longest_unused_goes_first(prompts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt_files, "MAX_JOINED", 2)
    files = PromptFiles(tmp_path / "joined")
    first = await files.one([prompts / "a", prompts / "b"])
    second = await files.one([prompts / "b", prompts / "c"])
    await files.one([prompts / "a", prompts / "b"])
    await files.one([prompts / "a", prompts / "c"])
    assert content(first) == b"AABB"
    assert second not in await asyncio.to_thread(
        lambda: [str(each.with_suffix("")) for each in files.tone.parent.iterdir()]
    )


async def test_many_callers_at_once(prompts: Path, tmp_path: Path) -> None:
    files = PromptFiles(tmp_path / "joined")
    made = await asyncio.gather(*(files.one([prompts / "a", prompts / "c"]) for _ in range(50)))
    assert {content(file) for file in made} == {b"AAC"}


async def test_a_disk_that_is_full_leaves_the_question(prompts: Path, tmp_path: Path) -> None:
    files = PromptFiles(tmp_path / "joined")
    files.tone.with_suffix(".alaw").unlink()
    (tmp_path / "joined").rmdir()  # stands for it: nothing can be written there
    assert await files.one([prompts / "a", prompts / "b"]) == str(prompts / "b")


def test_the_tone_is_a_law() -> None:
    assert [to_alaw(each) for each in (0, -1, 32767, -32768, 1000, -1000)] == [0xD5, 0x55, 0xAA, 0x2A, 0xFA, 0x7A]
    assert len(tone_bytes()) == 2400
