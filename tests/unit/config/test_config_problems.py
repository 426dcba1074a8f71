"""What is said about a bad configuration, and where it points."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calls.errors import ConfigurationError
from hotline.config import load_city

Edit = Callable[[str, str, str], None]
Load = Callable[[], list[str]]

UNKNOWN_NAMES = [
    (
        "flows.yaml",
        '"2": utilities',
        '"2": utilites',
        "utilites",
        'no node "utilites" in the flow citizen',
        "utilities",
    ),
    ("flows.yaml", "start: greeting", "start: greting", "greting", 'no node "greting"', "greeting"),
    ("flows.yaml", "queue: general", "queue: generall", "generall}", 'no queue "generall"', "general"),
    ("flows.yaml", "hotline: gas", "hotline: gaz", "gaz}", 'no hotline "gaz"', "gas"),
    ("flows.yaml", "prompt: main_menu", "prompt: main_meny", "main_meny", 'no prompt "main_meny"', "main_menu"),
    ("flows.yaml", "language: en\n", "language: eng\n", "eng\n", 'no language "eng"', "en"),
    ("queues.yaml", "enterprise: 2", "entreprise: 2", "entreprise:", 'no skill "entreprise"', "enterprise"),
    ("queues.yaml", "overflow: general", "overflow: genral", "genral ", 'no queue "genral"', "general"),
    ("operators.yaml", "heating: 3", "heatnig: 3", "heatnig", 'no skill "heatnig"', "heating"),
    ("hotlines.yaml", "trunk: carrier", "trunk: carier", "carier", 'no trunk "carier"', "carrier"),
    ("hotlines.yaml", "on_failure: returned", "on_failure: retruned", "retruned ", 'no queue "retruned"', "returned"),
    ("city.yaml", "flow: enterprise", "flow: enterprize", "enterprize", 'no flow "enterprize"', "enterprise"),
]

WRONG_VALUES = [
    ("city.yaml", '"01012345"', '"010 12345"', '"010 12345"', "dnis must be 2 to 20 digits without spaces or hyphens"),
    ("city.yaml", "Asia/Shanghai", "Asia/Shangai", "Asia/Shangai", 'did you mean "Asia/Shanghai"?'),
    ("city.yaml", ":20900", ":209000", "127.0.0.1:209", "address must be host:port"),
    ("city.yaml", ":20900", ":70000", "127.0.0.1:70", "the port must be from 1 to 65535"),
    ("city.yaml", "from: [127.0.0.1]", "from: [anyone]", "anyone", "must be an IP address or network"),
    ("city.yaml", "trunks:", 'speech: {command: "say {text}"}\n\ntrunks:', '"say {text}"', "must hold {output}"),
    ("city.yaml", "trunks:", 'speech: {command: "say \'"}\n\ntrunks:', '"say \'"', "is no command"),
    ("city.yaml", "keep_days: 180", "keep_days: 0", "0\n\n# Who", "keep_days must be at least 1"),
    ("city.yaml", "languages: [zh, en]", "languages: zh", "zh    ", "languages must be a list"),
    ("hotlines.yaml", 'key: "02"', "key: 2", "2}", "key must be exactly two digits, such as '02'"),
    ("hotlines.yaml", '"96777"', '"967-77"', '"967-77"', "number must be 2 to 20 digits without spaces or hyphens"),
    ("hotlines.yaml", "record: true", "record: maybe", "maybe", "record must be true or false"),
    ("hotlines.yaml", "zh: 燃气集团", 'zh: "燃气${SHELL(x)}"', '"燃气$', "without"),
    ("operators.yaml", "en: 5", "en: 9", "9}", "en must be at most 5"),
    ("operators.yaml", 'id: "1001"', "id: op1", "op1,", "id must be 2 to 8 digits"),
    ("flows.yaml", "timeout_seconds: 3", "timeout_seconds: 1:30", "1:30", "1:30 as 90"),
    ("flows.yaml", "timeout_seconds: 3", "timeout_seconds: .nan", ".nan", "must be a number"),
    ("flows.yaml", '"8": english', '"88": english', '"88": english', "must be one key of a telephone"),
    ("flows.yaml", "prompt: main_menu", "prompt:", "prompt:\n", "prompt has no value; it must be a text"),
    ("flows.yaml", "{kind: transfer, hotline: gas}", "gas", "gas\n      heating", "gas must be a mapping"),
    ("flows.yaml", "kind: set_language\n", "kind: setlanguage\n", "setlang", 'did you mean "set_language"?'),
    ("queues.yaml", "wrap_up_seconds: 2", "wrap_up_seconds: soon", "soon", "must be a whole number"),
    ("prompts.yaml", "zh: 对方正忙。", 'zh: "对方\\t正忙"', '"对方', "must be 1 to 1000 characters on one line"),
    ("prompts.yaml", "zh: 对方正忙。", "zh: 转接{name}。", "转接{name}。", "{name}, the hotline's name, must stand in"),
    ("prompts.yaml", "转接{name}", "转接", "正在为您转接，", "{name}, the hotline's name, must stand in"),
]

STANDS_TWICE = [
    ("hotlines.yaml", 'key: "02"', 'key: "01"', '"01"}\n  - {id: heating', 'the hotline key "01" is already in line'),
    ("hotlines.yaml", "id: gas", "id: water", "water, name: {zh: 燃", 'the hotline "water" is already in line'),
    ("hotlines.yaml", '"96777"', '"96116"', '"96116", key: "02"', 'the hotline number "96116" is already in line'),
    ("operators.yaml", '"1002"', '"1001"', '"1001", name: 李', 'the operator "1001" is already in line'),
    (
        "queues.yaml",
        "id: english",
        "id: general",
        "general\n    name: {zh: 英",
        'the queue "general" is already in line',
    ),
    ("city.yaml", 'dnis: ["1234501"]', 'dnis: ["12345"]', '"12345"]', 'the dialled number "12345" is already in line'),
    ("city.yaml", "id: english", "id: citizen", "citizen\n    name: {zh: 英", 'the line "citizen" is already in line'),
    ("flows.yaml", '"8": english', '"1": english', '"1": english', 'the key "1" is already in line'),
]

WAYS = [
    ("flows.yaml", '"1": water', '"1": gas', "water: {kind", "no call can get to the node water"),
    (
        "flows.yaml",
        "no_input: person\n        timeout_seconds: 3",
        "no_input: main",
        "main:\n",
        "presses nothing goes round",
    ),
    (
        "flows.yaml",
        "next: person",
        "next: greeting",
        "greeting: {kind: say",
        "goes round for ever: greeting → greeting",
    ),
    (
        "queues.yaml",
        "skills: {en: 3}",
        "skills: {en: 5, gas: 5}",
        "id: english",
        "no operator can serve the queue english",
    ),
    ("queues.yaml", "skills: {en: 3}", "skills: {en: 3}\n    overflow: english", "english\n    wrap", "in a circle"),
]

BAD_YAML = [
    ("flows.yaml", "        kind: say\n", "\tkind: say\n", "\tkind", "a tab stands where only spaces may"),
    ("flows.yaml", '"1": person', "*: person", "*: person", "write it in quotes: '*'"),
    ("flows.yaml", "\nflows:\n", "\nflows: &all\n", "", ""),
    ("flows.yaml", "citizen:\n", "citizen: {\n", "", "this is no YAML"),
    ("city.yaml", "id: beijing", "id: !!python/object/apply:os.system [x]", "!!python", "can't be used here"),
    ("queues.yaml", "wrap_up_seconds: 2\n", "wrap_up_seconds: 2\n\x01", "\x01", "a control character"),
]


def position(text: str, part: str) -> str:
    """Return line:column of the part in the text."""
    before = text[: text.index(part)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


@pytest.mark.parametrize(("file", "old", "new", "at", "said", "meant"), UNKNOWN_NAMES)
def test_an_unknown_name_is_shown_with_what_was_meant(
    beijing: Path, edit: Edit, problems: Load, file: str, old: str, new: str, at: str, said: str, meant: str
) -> None:
    edit(file, old, new)
    where = position((beijing / file).read_text(encoding="utf-8"), at)
    found = [line for line in problems() if said in line]
    assert len(found) == 1
    assert found[0].startswith(f"{file}:{where}: ")
    assert found[0].endswith(f'did you mean "{meant}"?')
    assert "allowed: " in found[0]


@pytest.mark.parametrize(("file", "old", "new", "at", "said"), [*WRONG_VALUES, *STANDS_TWICE, *WAYS])
def test_a_mistake_is_shown_where_it_stands(
    beijing: Path, edit: Edit, problems: Load, file: str, old: str, new: str, at: str, said: str
) -> None:
    edit(file, old, new)
    where = position((beijing / file).read_text(encoding="utf-8"), at)
    assert [line for line in problems() if said in line and line.startswith(f"{file}:{where}: ")], problems()


@pytest.mark.parametrize(("file", "old", "new", "at", "said"), BAD_YAML)
def test_broken_yaml_is_explained(
    beijing: Path, edit: Edit, problems: Load, file: str, old: str, new: str, at: str, said: str
) -> None:
    edit(file, old, new)
    found = problems()
    if not said:
        assert found == []
        return
    assert any(said in line for line in found), found
    line = position((beijing / file).read_text(encoding="utf-8"), at).split(":")[0] if at else ""
    assert any(each.startswith(f"{file}:{line}") for each in found)


def test_references_are_not_expanded(beijing: Path, edit: Edit, problems: Load) -> None:
    edit("operators.yaml", "skills: {zh: 5, gas: 3, heating: 3}", "skills: &s {zh: 5}")
    edit("operators.yaml", "skills: {zh: 5, social_security: 5}", "skills: *s")
    assert any("references (* and &) can't be used here" in line for line in problems())


def test_an_unknown_key_points_at_the_key_and_a_missing_one_at_its_mapping(
    beijing: Path, edit: Edit, problems: Load
) -> None:
    edit("flows.yaml", "next: main", "nxt: main")
    text = (beijing / "flows.yaml").read_text(encoding="utf-8")
    greeting, key = position(text, "kind: say\n"), position(text, "nxt")
    assert problems() == [
        f"flows.yaml:{greeting}: next is missing; next: Node that follows.",
        f'flows.yaml:{key}: the key "nxt" is unknown here; allowed: kind, prompt, next, barge_in; did you mean "next"?',
    ]


def test_all_problems_of_all_files_come_at_once(edit: Edit, problems: Load) -> None:
    edit("city.yaml", '"01012345"', '"010 12345"')
    edit("flows.yaml", '"2": utilities', '"2": utilites')
    edit("queues.yaml", "skills: {en: 3}", "skills: {em: 3}")
    edit("operators.yaml", "en: 5", "en: 9")
    edit("hotlines.yaml", 'key: "02"', 'key: "01"')
    edit("prompts.yaml", "  unknown_line:", "  unknown_lime:")
    found = problems()
    assert [line.split(":")[0] for line in found] == [
        f"{name}.yaml" for name in ("city", "flows", "hotlines", "operators", "prompts", "queues")
    ]


def test_a_missing_translation_names_the_language(beijing: Path, edit: Edit, problems: Load) -> None:
    edit("prompts.yaml", "    en: The line is busy.\n", "")
    edit("queues.yaml", ", en: English}", "}")
    prompts = position((beijing / "prompts.yaml").read_text(encoding="utf-8"), "transfer_busy:")
    assert f"prompts.yaml:{prompts}: transfer_busy has no text in the language \"en\"; add 'en: ...'" in problems()
    assert any("queues.yaml" in line and 'the name has no text in the language "en"' in line for line in problems())


def test_a_menu_without_a_person_is_refused(edit: Edit, problems: Load) -> None:
    edit("flows.yaml", "greeting: {kind: say, prompt: greeting, next: person}", MENU_WITHOUT_A_PERSON)
    assert any("from the menu greeting no person can be reached" in line for line in problems())


MENU_WITHOUT_A_PERSON = """greeting: {kind: menu, prompt: greeting, keys: {"1": bye}, no_input: bye}
      bye: {kind: hang_up}"""


def test_a_wrong_default_is_said_once(edit: Edit, problems: Load) -> None:
    edit("hotlines.yaml", "trunk: carrier", "trunk: Carrier")
    assert len([line for line in problems() if "small letter" in line]) == 1


def test_a_recording_that_speaks_no_prompt_is_found(beijing: Path, problems: Load) -> None:
    for name in ("zh/greting.wav", "zh/greeting.wav", "zh/connecting_gas.flac", "fr/greeting.wav", "zh/goodbye.doc"):
        (beijing / "prompts" / name).parent.mkdir(parents=True, exist_ok=True)
        (beijing / "prompts" / name).touch()
    assert problems() == [
        'prompts/fr/greeting.wav:1:1: there is no language "fr"; allowed: zh, en',
        "prompts/zh/goodbye.doc:1:1: a recording must be one of .wav, .flac, .ogg, .alaw",
        'prompts/zh/greting.wav:1:1: there is no prompt "greting"; did you mean "greeting"?',
    ]


def test_bytes_that_are_no_text_are_found(beijing: Path, problems: Load) -> None:
    path = beijing / "queues.yaml"
    path.write_bytes(path.read_bytes().replace("综合".encode(), "综合".encode("gbk"), 1))
    assert problems()[0].startswith("queues.yaml:7:16: byte 0xd7 is not UTF-8")


def test_missing_empty_and_misnamed_files_are_named(beijing: Path, problems: Load) -> None:
    (beijing / "queues.yaml").rename(beijing / "queues.yml")
    (beijing / "prompts.yaml").write_text("# nothing yet\n")
    found = problems()
    assert 'queues.yaml:1:1: the file is missing; is it the file "queues.yml"?' in found
    assert "prompts.yaml:1:1: the file is empty; it must hold prompts" in found


def test_a_missing_folder_is_one_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no such folder") as caught:
        load_city(tmp_path / "nowhere")
    assert len(caught.value.problems) == 1


def test_a_file_that_is_a_folder_or_too_large_is_refused(beijing: Path, problems: Load) -> None:
    (beijing / "queues.yaml").unlink()
    (beijing / "queues.yaml").mkdir()
    (beijing / "prompts.yaml").write_bytes(b"#" * 2_000_001)
    found = problems()
    assert any(line.startswith("queues.yaml:1:1: the file is missing") for line in found)
    assert any(line.startswith("prompts.yaml:1:1: the file is larger than 2 MB") for line in found)


def test_deep_brackets_end_in_a_problem(beijing: Path, problems: Load) -> None:
    (beijing / "queues.yaml").write_text("[" * 20_000)
    assert any(line.startswith("queues.yaml:1:1: brackets are nested too deeply") for line in problems())
