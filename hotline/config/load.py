"""Reads and checks a city's configuration: a City, or every problem of every file at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from acd.model import CallQueue
from calls.errors import ConfigurationError
from hotline.config.city import City, Limits
from hotline.config.crosscheck import check_recordings, cross_check
from hotline.config.desk_prompts import desk_texts
from hotline.config.explain import explain
from hotline.config.files import (
    FILES,
    OPTIONAL,
    CityFile,
    FlowsFile,
    HotlinesFile,
    NoticesFile,
    OperatorsFile,
    PromptsFile,
    QueuesFile,
    apply_hotline_defaults,
)
from hotline.config.positions import Document, read_document
from hotline.config.problems import Problem, Problems
from hotline.config.proof import prove
from hotline.config.tables import Companions, read_companions
from ivr.model import Callers, Notice, SystemPrompt, connecting_prompt
from transfer.directory import Hotline, HotlineDirectory

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Examined:
    """What is to be said about a configuration, and the city where nothing is wrong with it."""

    city: City | None
    "None where there is an error."
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def load_city(config_dir: Path) -> City:
    """Load the configuration in this folder; raise ConfigurationError with all problems where there are any."""
    examined = examine_city(config_dir)
    if examined.city is None:
        raise ConfigurationError([str(problem) for problem in examined.errors])
    return examined.city


def examine_city(config_dir: Path) -> Examined:
    """Read and check the configuration in this folder: the city or its errors, and its warnings in either case."""
    problems = Problems()
    city = _examine(config_dir, problems)
    return Examined(city, problems.errors, problems.warnings)


def _examine(config_dir: Path, problems: Problems) -> City | None:
    if not config_dir.is_dir():
        problems.add(
            str(config_dir), 1, 1, f"there is no such folder; it must hold {', '.join(f'{f}.yaml' for f in FILES)}"
        )
        return None
    documents = {name: _read(config_dir, name, problems) for name in FILES}
    apply_hotline_defaults(documents["hotlines"])
    models = {name: _validate(documents[name], model, problems) for name, model in FILES.items()}
    music = _music_classes(config_dir)
    cross_check(documents, music, problems)
    check_recordings(config_dir, documents, problems)
    companions = read_companions(config_dir, documents, problems)
    prove(config_dir, documents, models, problems)
    return None if problems.errors else _build(config_dir, documents, models, music, companions)


def _read(config_dir: Path, name: str, problems: Problems) -> Document:
    path = config_dir / f"{name}.yaml"
    if name in OPTIONAL and not path.exists():
        return Document(str(path), {}, readable=True)
    return read_document(path, problems)


def _validate(document: Document, model: type[BaseModel], problems: Problems) -> BaseModel | None:
    if not document.readable:
        return None
    if document.data is None:
        problems.add(document.file, 1, 1, f"the file is empty; it must hold {', '.join(model.model_fields)}")
        return None
    try:
        return model.model_validate(document.data, by_alias=True, by_name=False)
    except ValidationError as error:
        explain(document, model, error, problems)
        return None


def _build(
    config_dir: Path,
    documents: Mapping[str, Document],
    models: Mapping[str, BaseModel | None],
    music: tuple[str, ...],
    companions: Companions,
) -> City:
    city = _as(CityFile, models["city"])
    hotlines = _as(HotlinesFile, models["hotlines"])
    operators = _as(OperatorsFile, models["operators"])
    prompts = _as(PromptsFile, models["prompts"]).prompts
    notices = _as(NoticesFile, models["notices"]).notices
    return City(
        config_dir=config_dir,
        version=_version(documents, companions),
        city_id=city.city.city_id,
        name=city.city.name,
        timezone=city.city.timezone,
        languages=city.city.languages,
        default_language=city.city.default_language,
        figures=city.figures,
        limits=city.limits,
        recording=city.recording,
        speech=city.speech,
        trunks={trunk.trunk_id: trunk for trunk in city.trunks},
        lines={line.line_id: line for line in city.lines},
        flows=_as(FlowsFile, models["flows"]).flows,
        queues={q.queue_id: _with_queue_limits(q, city.limits) for q in _as(QueuesFile, models["queues"]).queues},
        skills=operators.skills,
        operators={operator.operator_id: operator for operator in operators.operators},
        hotlines=HotlineDirectory(tuple(_with_hotline_limits(each, city.limits) for each in hotlines.hotlines)),
        hotlines_are_example=hotlines.example,
        prompts={
            **prompts,
            **_connecting_prompts(prompts, hotlines.hotlines),
            **_notice_prompts(notices),
            **_desk_prompts(prompts, city.city.default_language),
        },
        music=music,
        hours=city.hours,
        calendar=city.calendar,
        callers=_with_listed(city.callers, companions),
        transfer=city.transfer,
        service_away=hotlines.service_away,
        callbacks=city.callbacks,
        missed=city.missed,
        notices=notices,
        tables=companions.tables,
        shared_phones={phone.endpoint: phone for phone in operators.phones},
        pause_reasons={reason.reason_id: reason for reason in operators.pause_reasons},
    )


def _as(kind: type[_Model], model: BaseModel | None) -> _Model:
    # without problems every file has its model
    assert isinstance(model, kind)
    return model


def _with_queue_limits(queue: CallQueue, limits: Limits) -> CallQueue:
    filled = {
        name: getattr(limits, name)
        for name in ("ring_seconds", "max_wait_seconds", "prefer_seconds")
        if name not in queue.model_fields_set
    }
    return queue.model_copy(update=filled)


def _with_hotline_limits(hotline: Hotline, limits: Limits) -> Hotline:
    if "ring_seconds" in hotline.model_fields_set:
        return hotline
    return hotline.model_copy(update={"ring_seconds": limits.hotline_ring_seconds})


def _connecting_prompts(
    prompts: Mapping[str, Mapping[str, str]], hotlines: tuple[Hotline, ...]
) -> dict[str, dict[str, str]]:
    """Return connecting_<hotline_id> for each hotline that prompts.yaml has no such prompt of its own for."""
    pattern = prompts[SystemPrompt.CONNECTING_HOTLINE]
    return {
        name: {language: text.replace("{name}", hotline.name[language]) for language, text in pattern.items()}
        for hotline in hotlines
        if (name := connecting_prompt(hotline.hotline_id)) not in prompts
    }


def _notice_prompts(notices: tuple[Notice, ...]) -> dict[str, Mapping[str, str]]:
    return {notice.prompt_name: notice.text for notice in notices if notice.text is not None}


def _desk_prompts(prompts: Mapping[str, Mapping[str, str]], language: str) -> dict[str, dict[str, str]]:
    """Return what operators hear when they dial a code, where prompts.yaml has no words of its own for it."""
    return {name: {language: text} for name, text in desk_texts(language).items() if name not in prompts}


def _with_listed(callers: Callers, companions: Companions) -> Callers:
    listed = companions.numbers.get(callers.enterprise_file or "", ())
    return callers.model_copy(update={"enterprise_numbers": (*callers.enterprise_numbers, *listed)})


def _music_classes(config_dir: Path) -> tuple[str, ...]:
    folder = config_dir / "music"
    own = sorted(each.name for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []
    return ("default", *(name for name in own if name != "default"))


def _version(documents: Mapping[str, Document], companions: Companions) -> str:
    digest = hashlib.sha256()
    files = {name: document.sha256 for name, document in documents.items() if document.sha256} | companions.digests
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + files[name])
    return digest.hexdigest()[:12]
