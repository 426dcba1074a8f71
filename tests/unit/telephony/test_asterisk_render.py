"""What is rendered for Asterisk, and that it is rendered whole or not at all."""

from __future__ import annotations

import dataclasses
import json
import stat
import subprocess
from pathlib import Path

import pytest

from calls.errors import ConfigurationError
from telephony.asterisk.locate import unpacked
from telephony.asterisk.plan import (
    AsteriskFolders,
    AsteriskPlan,
    EmergencyPlan,
    HotlinePlan,
    MusicClass,
    PhonePlan,
    TrunkPlan,
)
from telephony.asterisk.render import render, render_texts
from telephony.asterisk.secrets import load_secrets


@pytest.fixture
def plan(tmp_path: Path) -> AsteriskPlan:
    return AsteriskPlan(
        folders=AsteriskFolders.under(tmp_path / "a, state", modules=Path("/modules"), data=Path("/data")),
        bind="127.0.0.1",
        sip_port=20000,
        ami_port=20001,
        agi_address="127.0.0.1:20002",
        rtp_first=21000,
        rtp_last=26999,
        ami_secret="ami-secret",
        emergency=EmergencyPlan(("/bin/echo", "it's an emergency"), {"operators": ["1001"]}),
        phones=(PhonePlan("1001", "王小明", "one"), PhonePlan("1002", 'Li "Lily"; x', "two", "127.0.0.1:5070")),
        trunks=(TrunkPlan("city", "192.0.2.1:5060", ("192.0.2.1", "198.51.100.0/28")),),
        hotlines=(HotlinePlan("gas", "96777", "city", "02"), HotlinePlan("water", "96116", "city", "01")),
        music=(MusicClass("default", tmp_path / "music"),),
    )


def section(text: str, title: str) -> list[str]:
    """Return the settings of every section of this title."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.startswith(f"[{title}]")
        elif inside and line and not line.startswith(";"):
            lines.append(line)
    return lines


def test_a_phone_that_registers_has_one_contact_and_a_digest_password(plan: AsteriskPlan) -> None:
    settings = section(render_texts(plan)["pjsip.conf"], "op1001")
    assert 'callerid = "王小明" <1001>' in settings
    assert "auth = op1001" in settings
    assert "password = one" in settings
    assert "max_contacts = 1" in settings
    assert not any(line.startswith("contact") for line in settings)


def test_a_phone_with_a_fixed_address_is_dialled_there(plan: AsteriskPlan) -> None:
    settings = section(render_texts(plan)["pjsip.conf"], "op1002")
    assert "contact = sip:op1002@127.0.0.1:5070" in settings
    assert "max_contacts = 1" not in settings


def test_quotes_and_comment_marks_in_a_name_stay_text(plan: AsteriskPlan) -> None:
    assert r"""callerid = "Li 'Lily'\; x" <1002>""" in section(render_texts(plan)["pjsip.conf"], "op1002")


@pytest.mark.parametrize("name", ["a\n[evil]\ntype = endpoint", "a\rb", "a\x00b", "${SHELL(id)}", "$[1+1]"])
def test_a_value_that_would_become_another_setting_is_refused(plan: AsteriskPlan, name: str) -> None:
    hostile = dataclasses.replace(plan, phones=(PhonePlan("1001", name, "one"),))
    with pytest.raises(ConfigurationError, match="can't stand"):
        render_texts(hostile)


def test_only_the_trunks_own_addresses_may_call(plan: AsteriskPlan) -> None:
    settings = section(render_texts(plan)["pjsip.conf"], "trunk-city")
    assert [line for line in settings if line.startswith("match")] == ["match = 192.0.2.1", "match = 198.51.100.0/28"]
    assert "contact = sip:192.0.2.1:5060" in settings


def test_each_hotline_has_its_keys_on_the_operators_leg(plan: AsteriskPlan) -> None:
    texts = render_texts(plan)
    assert section(texts["features.conf"], "applicationmap") == [
        'gas => *102,self,UserEvent,"HotlineTransfer,target:gas"',
        'water => *101,self,UserEvent,"HotlineTransfer,target:water"',
    ]
    assert section(texts["extensions.conf"], "operator-leg")[0].endswith("Set(DYNAMIC_FEATURES=gas#water)")
    assert not any("DYNAMIC_FEATURES" in line for line in section(texts["extensions.conf"], "hotline-leg"))


def test_what_the_line_says_is_filtered_before_anything_uses_it(plan: AsteriskPlan) -> None:
    text = render_texts(plan)["extensions.conf"]
    said = [line for line in text.splitlines() if "CALLERID" in line or "EXTEN" in line]
    assert len(said) == 6, "of a caller number, name, dialled number, extension; of a phone dialled number, extension"
    assert all("${FILTER(" in line for line in said)
    assert not {*said} & {*section(text, "citizen")}, "the service is asked after that"


def test_modules_are_listed_one_by_one(plan: AsteriskPlan) -> None:
    text = render_texts(plan)["modules.conf"]
    assert "autoload = no" in text
    for unwanted in ("app_system", "func_shell", "func_curl", "pbx_spool", "res_ari", "app_queue", "chan_iax2"):
        assert unwanted not in text


def test_rendering_replaces_the_old_configuration_as_a_whole(plan: AsteriskPlan) -> None:
    target = render(plan)
    (target / "left_over.conf").write_text("")
    render(plan)
    assert not (target / "left_over.conf").exists()
    assert {entry.name for entry in target.iterdir()} == set(render_texts(plan))
    assert [entry.name for entry in target.parent.iterdir() if entry.name.startswith(".")] == []
    assert all(folder.is_dir() for folder in plan.folders.writable())


def test_an_error_leaves_the_old_configuration_as_it_was(plan: AsteriskPlan) -> None:
    target = render(plan)
    before = {entry.name: entry.read_bytes() for entry in target.iterdir()}
    with pytest.raises(ConfigurationError):
        render(dataclasses.replace(plan, system_name="two\nlines"))
    assert {entry.name: entry.read_bytes() for entry in target.iterdir()} == before


def test_files_with_passwords_are_the_owners_only(plan: AsteriskPlan) -> None:
    target = render(plan)
    assert stat.S_IMODE(target.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(entry.stat().st_mode) == 0o600 for entry in target.iterdir())


def test_the_emergency_script_runs_with_its_document(plan: AsteriskPlan) -> None:
    render(plan)
    said = subprocess.run([plan.folders.agi_bin / "emergency", "more"], capture_output=True, text=True, check=True)
    assert said.stdout == f"it's an emergency {plan.emergency_document} more\n"
    assert json.loads(plan.emergency_document.read_text()) == {"operators": ["1001"]}


def test_secrets_are_made_once_and_new_operators_get_theirs(tmp_path: Path) -> None:
    path = tmp_path / "state" / "secrets.json"
    first = load_secrets(path, ["1001"])
    second = load_secrets(path, ["1001", "1002"])
    assert second.ami == first.ami
    assert second.phones["1001"] == first.phones["1001"]
    assert len({second.ami, *second.phones.values()}) == 3
    assert load_secrets(path) == second
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert second.ami not in repr(second)


def test_spoilt_secrets_are_an_error_not_new_secrets(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text("{}")
    with pytest.raises(ConfigurationError, match=r"secrets\.json"):
        load_secrets(path, ["1001"])
    assert path.read_text() == "{}"


def test_an_empty_folder_holds_no_asterisk(tmp_path: Path) -> None:
    assert unpacked(tmp_path) is None
