"""`hotline doctor`: is this machine, this installation, this configuration fit to take calls?"""

from __future__ import annotations

from collections import Counter

import typer

from hotline.cli.options import AsJson, Bind, ConfigDir, PortBase, StateDir, exit_codes, out, print_json
from hotline.doctor.examine import examine
from hotline.doctor.finding import Finding, Status
from hotline.settings import Settings

_COLOURS = {Status.OK: "green", Status.INFO: "cyan", Status.WARN: "yellow", Status.FAIL: "bold red"}
_STATUS_WIDTH = 4


def doctor(
    as_json: AsJson = False,
    state_dir: StateDir = None,
    port_base: PortBase = None,
    config: ConfigDir = None,
    bind: Bind = None,
) -> None:
    """Look at Asterisk, ports, disk, clock, versions, records; say what mends each finding. 1 when any fails."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir, port_base=port_base, config_dir=config, bind=bind)
        findings = examine(settings)
    failed = any(finding.status is Status.FAIL for finding in findings)
    if as_json:
        print_json({"ok": not failed, "findings": [finding.as_dict() for finding in findings]})
    else:
        _print(findings)
    if failed:
        raise typer.Exit(1)


def _print(findings: list[Finding]) -> None:
    width = max(len(finding.id) for finding in findings)
    indent = " " * (_STATUS_WIDTH + width + 4)
    for finding in findings:
        out.print(f"{finding.status:{_STATUS_WIDTH}}", style=_COLOURS[finding.status], end="  ")
        seen = finding.seen.replace("\n", f"\n{indent}")
        out.print(f"{finding.id:{width}}  {seen}", markup=False, highlight=False, soft_wrap=True)
        if finding.mend:
            out.print(f"{indent}→ {finding.mend}", markup=False, highlight=False, soft_wrap=True)
    counted = Counter(finding.status for finding in findings)
    out.print("\n" + ", ".join(f"{counted[status]} {status}" for status in Status), highlight=False)
