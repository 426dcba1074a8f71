"""The city's configuration: loaded as the service would load it."""

from __future__ import annotations

from pathlib import Path

from calls.errors import ConfigurationError
from hotline.config import City, load_city
from hotline.doctor.finding import Finding, fail, info, ok

SHOWN_PROBLEMS = 3


def check_configuration(config_dir: Path) -> tuple[City | None, list[Finding]]:
    """Load the configuration; the city is None when there are problems."""
    try:
        city = load_city(config_dir)
    except ConfigurationError as error:
        return None, [judge_problems(config_dir, error.problems)]
    counted = (
        f"{len(city.lines)} lines, {len(city.flows)} flows, {len(city.queues)} queues, "
        f"{len(city.operators)} operators, {len(city.hotlines)} hotlines"
    )
    findings = [ok("configuration", f"{config_dir}: {city.city_id}, version {city.version[:12]}, {counted}")]
    if city.hotlines_are_example:
        findings.append(judge_example(config_dir))
    return city, findings


def judge_problems(config_dir: Path, problems: list[str]) -> Finding:
    """Judge a configuration that is refused."""
    first = "\n".join(problems[:SHOWN_PROBLEMS])
    more = len(problems) - SHOWN_PROBLEMS
    seen = f"{len(problems)} problems in {config_dir}; the first:\n{first}"
    if len(problems) == 1:
        seen = f"1 problem in {config_dir}:\n{first}"
    mend = "correct it at the line and column named; docs/configuration.md says what is allowed"
    if more > 0:
        mend = f"correct them; `hotline asterisk render` lists all {len(problems)}"
    return fail("configuration", seen, mend)


def judge_example(config_dir: Path) -> Finding:
    """Judge a directory of hotlines that is marked as an example."""
    return info(
        "hotlines-example",
        "the hotlines are marked as an example list: nobody has checked their numbers",
        f"enter your city's numbers in {config_dir / 'hotlines.yaml'} and remove `example: true`",
    )
