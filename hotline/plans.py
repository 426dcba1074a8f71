"""From a city's configuration to what each part needs of it: Asterisk, the calls' coroutines, the board."""

from __future__ import annotations

import sys
from pathlib import Path

from acd.desk import DeskRules
from acd.dispatcher import Dispatcher
from acd.routing import OperatorRules, QueueRules
from acd.verbs import VerbRules
from agi_scripts import sounds
from agi_scripts.definitions import Definitions
from agi_scripts.overflow import message_flows
from calls.board_model import BoardDirectory, DirectoryHotline, DirectoryOperator, DirectoryQueue, FigureSettings
from calls.phones import home_phone
from hotline.config import City
from hotline.settings import Settings
from ivr.callers import CallerBook
from ivr.model import SystemPrompt
from ivr.speaking import PromptBook
from telephony.asterisk.locate import AsteriskBinary
from telephony.asterisk.plan import (
    AsteriskFolders,
    AsteriskPlan,
    EmergencyPlan,
    HotlinePlan,
    MusicClass,
    PhonePlan,
    TrunkPlan,
)
from telephony.asterisk.secrets import Secrets

HELLO_SECONDS = 15
"""Longest words to a citizen who picked up, before the operator is rung who was kept for them."""

CHECKOUT = Path(__file__).resolve().parent.parent
"""Where the project's own files are."""


def asterisk_plan(
    city: City, settings: Settings, secrets: Secrets, binary: AsteriskBinary, prompts_dir: Path
) -> AsteriskPlan:
    """Return the complete plan of this city's Asterisk."""
    return AsteriskPlan(
        folders=AsteriskFolders.under(settings.asterisk_dir, modules=binary.modules, data=binary.data),
        bind=settings.bind,
        sip_port=settings.sip_port,
        ami_port=settings.ami_port,
        agi_address=f"{settings.bind}:{settings.agi_port}",
        rtp_first=settings.rtp_first,
        rtp_last=settings.rtp_last,
        ami_secret=secrets.ami,
        emergency=_emergency(city, settings, prompts_dir),
        phones=tuple(
            PhonePlan(o.operator_id, o.name, secrets.phones[o.operator_id], o.contact) for o in city.operators.values()
        )
        + tuple(
            PhonePlan(p.phone_id, p.name, secrets.phones[p.endpoint], p.contact, shared=True)
            for p in city.shared_phones.values()
        ),
        queues=tuple(city.queues),
        trunks=tuple(
            TrunkPlan(t.trunk_id, settings.trunk_addresses.get(t.trunk_id, t.address), t.inbound_from)
            for t in city.trunks.values()
        ),
        hotlines=tuple(HotlinePlan(h.hotline_id, h.number, h.trunk, h.key, h.aliases) for h in city.hotlines),
        music=tuple(MusicClass(name, settings.music_dir / name) for name in ("default", *music_of(city))),
        failed_sound=str(prompts_dir / city.default_language / SystemPrompt.TRANSFER_FAILED),
    )


def music_of(city: City) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return what callers hear while something happens elsewhere, by music class."""
    return dict(sounds.music_classes(city.queues.values(), city.hotlines, city.languages))


def definitions(city: City, prompts_dir: Path) -> Definitions:
    """Return what a call meets of the configuration, spoken by the sounds in that folder."""
    return Definitions(
        version=city.version,
        city_id=city.city_id,
        default_language=city.default_language,
        languages=city.languages,
        zone=city.zone,
        lines={dnis: line for line in city.lines.values() for dnis in line.numbers},
        hours=city.hours,
        calendar=city.calendar,
        callers=CallerBook(city.callers, city.zone),
        notices=city.notices,
        tables=city.tables,
        flows={**city.flows, **message_flows(tuple(city.queues.values()))},
        queues=city.queues,
        operators=city.operators,
        hotlines=city.hotlines,
        transfer=city.transfer,
        recording=city.recording,
        callbacks=city.callbacks,
        missed=city.missed,
        short_abandon_seconds=city.figures.short_abandon_seconds,
        redial_minutes=city.limits.redial_minutes,
        prefer_hours=city.limits.prefer_hours,
        prompts=PromptBook(city.prompts),
        prompts_dir=prompts_dir,
    )


def dispatcher(city: City, run_id: str) -> Dispatcher:
    """Return the routing engine for this city's operators and queues."""
    return Dispatcher(
        operator_rules(city),
        queues=queue_rules(city),
        priority_point_seconds=city.limits.priority_point_seconds,
        missed_in_a_row=city.limits.missed_in_a_row,
        ring_seconds=longest_ring_seconds(city),
        run_id=run_id,
        verb_rules=verb_rules(city),
    )


def verb_rules(city: City) -> VerbRules:
    """Return what the city lays down for operators' log-ins, pauses and wrap-up."""
    return VerbRules(
        by_code=frozenset(o.operator_id for o in city.operators.values() if o.log_in == "code"),
        pause_limits={r.reason_id: float(r.limit_seconds) for r in city.pause_reasons.values() if r.limit_seconds},
        wrap_up_extension_seconds=city.limits.wrap_up_extension_seconds,
        wrap_up_limit_seconds=city.limits.wrap_up_limit_seconds,
    )


def desk_rules(city: City) -> DeskRules:
    """Return what operators may ask for at their phones."""
    return DeskRules(
        phones=frozenset({*(home_phone(operator_id) for operator_id in city.operators), *city.shared_phones}),
        pins={o.operator_id: o.pin for o in city.operators.values() if o.pin is not None},
        pause_reasons={r.reason_id: r.key or "" for r in city.pause_reasons.values()},
    )


def fixed_phones(city: City) -> list[str]:
    """Return the phones that don't register."""
    own = [home_phone(o.operator_id) for o in city.operators.values() if o.contact is not None]
    return own + [name for name, phone in city.shared_phones.items() if phone.contact is not None]


def phone_owners(city: City) -> tuple[str, ...]:
    """Return what the passwords of phones are kept under: operators' ids, shared phones' names."""
    return (*city.operators, *city.shared_phones)


def operator_rules(city: City) -> dict[str, OperatorRules]:
    """Return what each operator can take."""
    return {operator.operator_id: operator.rules() for operator in city.operators.values()}


def queue_rules(city: City) -> dict[str, QueueRules]:
    """Return by which rules the calls of each queue find their operators."""
    return {queue.queue_id: queue.rules() for queue in city.queues.values()}


def longest_ring_seconds(city: City) -> int:
    """Return how long an offer may go on: a phone rings, and before it that of a citizen who is called back."""
    longest = max((queue.ring_seconds for queue in city.queues.values()), default=15)
    if city.callbacks.trunk is None:
        return longest
    return longest + city.callbacks.ring_seconds + HELLO_SECONDS


def _emergency(city: City, settings: Settings, prompts_dir: Path) -> EmergencyPlan:
    prompts = prompts_dir / city.default_language
    return EmergencyPlan(
        command=(sys.executable, "-I", str(CHECKOUT / "agi_scripts" / "emergency.py")),
        document={
            "operators": [*(home_phone(operator_id) for operator_id in city.operators), *city.shared_phones],
            "hotline": _hotline_while_away(city),
            "answered_context": "emergency-answered",
            "ring_seconds": city.limits.ring_seconds,
            "rounds": 3,
            "prompts": {
                "please_wait": str(prompts / SystemPrompt.EMERGENCY_PLEASE_WAIT),
                "all_busy": str(prompts / SystemPrompt.EMERGENCY_ALL_BUSY),
            },
            "spool_dir": str(settings.emergency_spool_dir),
        },
    )


def _hotline_while_away(city: City) -> str | None:
    if city.service_away is None:
        return None
    line = city.hotlines.by_id(city.service_away).lines[0]
    return f"PJSIP/{line.number}@trunk-{line.trunk}"


def hotline_ids(city: City) -> tuple[str, ...]:
    """Return the ids of the hotlines."""
    return tuple(hotline.hotline_id for hotline in city.hotlines)


def board_directory(city: City) -> BoardDirectory:
    """Return the names that the live board shows."""
    return BoardDirectory(
        city_id=city.city_id,
        city_name=city.name,
        queues=tuple(
            DirectoryQueue(
                q.queue_id,
                q.name,
                q.skills,
                frozenset(o.operator_id for o in city.operators.values() if q.is_served_by(o)),
            )
            for q in city.queues.values()
        ),
        operators=tuple(DirectoryOperator(o.operator_id, o.name, o.skills) for o in city.operators.values()),
        hotlines=tuple(DirectoryHotline(h.hotline_id, h.name, h.number) for h in city.hotlines),
        priority_point_seconds=city.limits.priority_point_seconds,
    )


def figure_settings(city: City) -> FigureSettings:
    """Return what the city's figures are counted by."""
    return FigureSettings(
        service_level_seconds=city.figures.service_level_seconds,
        short_abandon_seconds=city.figures.short_abandon_seconds,
        timezone=city.zone,
    )
