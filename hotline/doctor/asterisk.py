"""Is there an Asterisk, is it new enough, and has it the modules that the configuration names?"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from calls.errors import NotFound
from hotline.doctor.finding import Finding, a_few, fail, ok, warn
from hotline.plans import CHECKOUT
from telephony.asterisk.locate import LEAST_VERSION, AsteriskBinary, locate

ADVISORIES = "https://github.com/asterisk/asterisk/security/advisories"
TESTED_MAJOR = 22
"""The version whose behaviour the tests pin down."""

_MODULE = re.compile(r"^(?:require|load)\s*=\s*(\S+)", re.MULTILINE)
_LEAST = ".".join(str(number) for number in LEAST_VERSION)
_GET_ONE = "make setup (fetches Asterisk 22 from Debian), or let HOTLINE_ASTERISK_ROOT name an unpacked one"


def check_asterisk() -> list[Finding]:
    """Look for Asterisk and its modules. It is not started."""
    try:
        binary = locate(CHECKOUT)
    except NotFound as error:
        return [fail("asterisk", str(error), _GET_ONE)]
    present = {path.name for path in binary.modules.glob("*.so")}
    return [judge_version(binary), judge_modules(wanted_modules(), present, binary.modules)]


def wanted_modules() -> list[str]:
    """Return the modules that the template of modules.conf names."""
    template = resources.files("asterisk_conf").joinpath("modules.conf.j2").read_text(encoding="utf-8")
    return _MODULE.findall(template)


def judge_version(binary: AsteriskBinary) -> Finding:
    """Judge how old it is."""
    seen = f"Asterisk {binary.version_text}: {binary.command[-1]}"
    if binary.version[:1] < (TESTED_MAJOR,):
        return fail("asterisk", f"{seen}; the configuration needs {TESTED_MAJOR} or newer", _GET_ONE)
    if binary.is_outdated:
        return warn(
            "asterisk", f"{seen}; advisories that {_LEAST} closes are open: {ADVISORIES}", f"{_GET_ONE}; least {_LEAST}"
        )
    if binary.version[0] > TESTED_MAJOR:
        return warn("asterisk", f"{seen}; the tests pin {TESTED_MAJOR}", f"run `make test` on it, or: {_GET_ONE}")
    return ok("asterisk", seen)


def judge_modules(wanted: list[str], present: set[str], folder: Path) -> Finding:
    """Judge whether every module that will be loaded is there."""
    missing = [name for name in wanted if name not in present]
    if missing:
        return fail(
            "asterisk-modules",
            f"{len(missing)} of {len(wanted)} modules are not in {folder}: {a_few(missing)}",
            "install the complete package `asterisk` (asterisk-modules), or rm -r var/asterisk-root && make setup",
        )
    return ok("asterisk-modules", f"all {len(wanted)} modules are in {folder}")
