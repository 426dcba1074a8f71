"""Every check, one after another. A check that itself fails is a finding, and the others go on."""

from __future__ import annotations

from collections.abc import Callable

from hotline.config import City
from hotline.doctor.asterisk import check_asterisk
from hotline.doctor.city import check_configuration
from hotline.doctor.database import DatabaseFacts, check_database
from hotline.doctor.finding import Finding, Status, fail
from hotline.doctor.machine import check_disk, check_limits, check_tools
from hotline.doctor.network import check_network
from hotline.doctor.state import check_state
from hotline.doctor.time import check_time
from hotline.doctor.versions import check_versions
from hotline.plans import CHECKOUT
from hotline.settings import Settings


def examine(settings: Settings) -> list[Finding]:
    """Return everything that was found. Nothing is started, written or changed."""
    findings: list[Finding] = []
    city: City | None = None
    facts: DatabaseFacts | None = None

    def look(name: str, check: Callable[[], list[Finding]]) -> None:
        try:
            findings.extend(check())
        except OSError as error:
            mend = "is it looked at as the service's user? Else see the reason"
            findings.append(fail(name, f"it can't be looked at: {error}", mend))

    def configuration() -> list[Finding]:
        nonlocal city
        city, found = check_configuration(settings.config_dir)
        return found

    def database() -> list[Finding]:
        nonlocal facts
        running = any(finding.id == "service" and finding.status is Status.OK for finding in findings)
        facts, found = check_database(settings.effective_database_url, service_runs_now=running)
        return found

    look("asterisk", check_asterisk)
    look("versions", lambda: check_versions(CHECKOUT))
    look("tools", check_tools)
    look("configuration", configuration)
    look("network", lambda: check_network(settings))
    look("state", lambda: check_state(settings))
    look("database", database)
    look("disk", lambda: check_disk(settings.state_dir, settings.recordings_dir, len(city.operators) if city else None))
    files = [settings.secrets_path, settings.asterisk_dir / "log" / "messages.log", CHECKOUT / "requirements.lock"]
    look("clock", lambda: check_time(facts.newest if facts else None, files, city.timezone if city else None))
    look("limits", check_limits)
    return findings
