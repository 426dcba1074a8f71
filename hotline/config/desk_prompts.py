"""What operators hear when they dial a code at a phone, as long as prompts.yaml says nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from agi_scripts.desk_words import DeskPrompt

_TEXTS: Mapping[DeskPrompt, tuple[str, str]] = {
    DeskPrompt.NUMBER: ("请输入工号，按井号结束。", "Your operator number, then hash."),
    DeskPrompt.PIN: ("请输入密码，按井号结束。", "Your PIN, then hash."),
    DeskPrompt.WRONG: ("工号或密码不正确。", "Wrong number or PIN."),
    DeskPrompt.REFUSED: ("错误次数过多，请稍后再试。", "Too many tries. Please try later."),
    DeskPrompt.LOGGED_IN: ("已签入。", "Logged in."),
    DeskPrompt.LOGGED_OUT: ("已签出。", "Logged out."),
    DeskPrompt.PAUSED: ("已示忙。", "Paused."),
    DeskPrompt.PAUSE_LATER: ("通话结束后示忙。", "Paused after this call."),
    DeskPrompt.READY: ("已示闲。", "Ready."),
    DeskPrompt.WRAP_UP_DONE: ("整理结束。", "Wrap-up is over."),
    DeskPrompt.WRAP_UP_LONGER: ("整理时间已延长。", "More time for wrap-up."),
    DeskPrompt.NOT_NOW: ("现在不能这样操作。", "Not possible now."),
    DeskPrompt.LOG_IN_FIRST: ("请先签入。", "Please log in first."),
}


def desk_texts(language: str) -> dict[str, str]:
    """Return prompt to text: in Chinese, else in English."""
    return {str(name): chinese if language == "zh" else english for name, (chinese, english) in _TEXTS.items()}
