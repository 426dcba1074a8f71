"""Calls come before other programs where the machine allows it, and never fail for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from calls.errors import ConfigurationError
from hotline.precedence import yield_precedence
from hotline.settings import Settings

ASK = (
    "import os, sys; from hotline.precedence import take_precedence;"
    " print(take_precedence(int(sys.argv[1])), os.getpriority(os.PRIO_PROCESS, 0),"
    " os.popen('nice').read().strip())"
)


def said(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=30).stdout


def ask(nice: int, *before: str) -> list[str]:
    text = said(*before, sys.executable, "-c", ASK, str(nice))
    return [*text.splitlines()[-1].split(), str("precedence_refused" in text)]


needs_right = pytest.mark.skipif(said("nice", "-n", "-12", "nice").strip() != "-12", reason="nobody may take it here")
WITHOUT_RIGHT = ("setpriv", "--bounding-set", "-sys_nice", "--inh-caps", "-sys_nice")


@needs_right
def test_it_and_what_it_starts_have_precedence() -> None:
    assert ask(-7) == ["True", "-7", "-7", "False"]


@needs_right
def test_who_has_more_already_keeps_it() -> None:
    assert ask(-7, "nice", "-n", "-12") == ["True", "-12", "-12", "False"]


@pytest.mark.skipif(said(*WITHOUT_RIGHT, "nice", "-n", "-12", "nice") != "0\n", reason="rights can't be given up here")
def test_refused_it_goes_on_and_says_so() -> None:
    assert ask(-7, *WITHOUT_RIGHT) == ["False", "0", "0", "True"]


@pytest.mark.skipif(said("prlimit", "--nice=30", "echo", "set") != "set\n", reason="limits are fixed here")
def test_a_limit_of_the_machine_may_allow_it() -> None:
    assert ask(-7, "prlimit", "--nice=30", *WITHOUT_RIGHT) == ["True", "-7", "-7", "False"]


@needs_right
def test_other_work_yields_it() -> None:
    with subprocess.Popen(["nice", "-n", "-5", "sleep", "60"]) as sleeping:
        try:
            while os.getpriority(os.PRIO_PROCESS, sleeping.pid) != -5:
                assert sleeping.poll() is None
            yield_precedence(sleeping.pid)
            assert os.getpriority(os.PRIO_PROCESS, sleeping.pid) == 0
        finally:
            sleeping.kill()
    yield_precedence(sleeping.pid)  # gone: no matter


def test_the_setting() -> None:
    assert Settings.from_options(environment={}).nice == -10
    assert Settings.from_options(environment={"HOTLINE_NICE": "0"}).nice == 0
    for wrong in ("20", "-21", "high"):
        with pytest.raises(ConfigurationError, match="from -20"):
            Settings.from_options(environment={"HOTLINE_NICE": wrong})
