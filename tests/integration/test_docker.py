"""The images' recipes: linted, and their steps run in a plain folder; then both parts run from it as compose runs them.

The steps that change a system (packages, the user) run in docker/try_build.py, by hand, in a Debian of their own.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotline.plans import CHECKOUT
from telephony.asterisk.locate import locate

DOCKER = CHECKOUT / "docker"
# the folder is no package: its name is a library's
_SPEC = importlib.util.spec_from_file_location("try_build", DOCKER / "try_build.py")
assert _SPEC is not None
assert _SPEC.loader is not None
try_build = importlib.util.module_from_spec(_SPEC)
sys.modules["try_build"] = try_build
_SPEC.loader.exec_module(try_build)

DOCKERFILES = [DOCKER / f"Dockerfile.{name}" for name in try_build.IMAGES]
PASSWORDS = ("POSTGRES_PASSWORD", "MQTT_PASSWORD", "MQTT_READER_PASSWORD", "REDIS_PASSWORD")
USER = 10001
DEADLINE_SECONDS = 60
STOP_SECONDS = 20


def tool(name: str) -> str:
    """Return a program that the development packages bring."""
    path = Path(sys.executable).parent / name
    assert path.exists(), f"{path} is not there: make setup"
    return str(path)


def run(*words: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, **{"timeout": 60, **options})


def test_the_dockerfiles_are_clean() -> None:
    said = run(tool("hadolint"), *DOCKERFILES)
    assert (said.returncode, said.stdout) == (0, "")


def test_both_images_begin_with_the_same_steps_down_to_the_mark() -> None:
    heads = [path.read_text(encoding="utf-8").partition("# --- the mark ---")[0] for path in DOCKERFILES]
    first, second = (try_build.parse(head) for head in heads)
    assert first == second
    assert all("the mark" in path.read_text(encoding="utf-8") for path in DOCKERFILES)


def test_the_images_are_made_by_the_scripts_that_make_runs() -> None:
    steps = [step.value for step in try_build.parse(DOCKERFILES[0].read_text(encoding="utf-8")) if step.verb == "RUN"]
    scripts = [word for step in steps for word in re.findall(r"scripts/\S+", step)]
    assert scripts == ["scripts/setup-packages", "scripts/setup-asterisk", "scripts/setup-venv"]


def test_the_context_holds_every_package_and_nothing_private() -> None:
    files = try_build.context_files(CHECKOUT)
    found = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = [name.rstrip("*") for name in found["tool"]["setuptools"]["packages"]["find"]["include"]]
    assert [name for name in packages if not any(file.startswith(f"{name}/") for file in files)] == []
    rules = [line for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    private = [
        "docker/.env",
        "var/state/secrets.json",
        ".git/config",
        "tests/x.py",
        ".venv/x",
        "hotline/__pycache__/x.pyc",
    ]
    assert [name for name in private if not try_build.is_ignored(name, rules)] == []


# compose


@pytest.fixture(scope="module")
def env_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what docker/new-env writes, filled in."""
    path = tmp_path_factory.mktemp("compose") / "env"
    assert run(DOCKER / "new-env", path).returncode == 0
    text = path.read_text(encoding="utf-8")
    text = text.replace("HOTLINE_BIND=\n", "HOTLINE_BIND=192.0.2.10\n")
    path.write_text(text.replace("HOTLINE_CITY=\n", f"HOTLINE_CITY={CHECKOUT}/examples/beijing\n"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def compose(env_file: Path) -> dict[str, Any]:
    """Return the compose file as Docker Compose itself understands it."""
    words = ["--env-file", env_file, "-f", DOCKER / "compose.yaml", "--profile", "*", "config", "--format", "json"]
    said = run(tool("docker-compose"), *words)
    assert said.returncode == 0, said.stderr
    loaded: dict[str, Any] = json.loads(said.stdout)
    return loaded


def test_every_container_has_as_few_rights_as_it_needs(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"asterisk", "service", "postgres", "mosquitto", "redis"}
    for name, service in services.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == "unless-stopped", name
        assert "privileged" not in service, name
    others = {name: services[name] for name in ("postgres", "mosquitto", "redis")}
    assert all(int(service["user"].split(":")[0]) > 0 and service["healthcheck"] for service in others.values())
    images = [try_build.parse(path.read_text(encoding="utf-8")) for path in DOCKERFILES]
    assert all(any(step == try_build.Instruction("USER", f"{USER}:{USER}") for step in image) for image in images)
    assert all(any(step.verb == "HEALTHCHECK" for step in image) for image in images)


def test_the_databases_are_reached_from_this_server_only(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert len(ports) == 3
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


def test_images_of_others_are_pinned_and_come_from_no_named_host(compose: dict[str, Any]) -> None:
    images = [service["image"] for service in compose["services"].values() if "build" not in service]
    bases = [step.value for path in DOCKERFILES for step in try_build.parse(path.read_text()) if step.verb == "FROM"]
    for image in images + bases:
        assert re.fullmatch(r"[a-z-]+:[a-z0-9.-]+", image), image
        assert not image.endswith(":latest")


@pytest.mark.parametrize("variable", [*PASSWORDS, "HOTLINE_BIND", "HOTLINE_CITY"])
def test_nothing_starts_with_a_setting_left_empty(variable: str, env_file: Path, tmp_path: Path) -> None:
    text = re.sub(rf"^{variable}=.*$", f"{variable}=", env_file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (tmp_path / "env").write_text(text, encoding="utf-8")
    said = run(tool("docker-compose"), "--env-file", tmp_path / "env", "-f", DOCKER / "compose.yaml", "config", "-q")
    assert said.returncode != 0
    assert variable in said.stderr


def test_passwords_are_new_each_time_private_and_never_replaced(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        assert run(DOCKER / "new-env", tmp_path / name).returncode == 0
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
        lines = dict(line.split("=", 1) for line in (tmp_path / name).read_text().splitlines() if "=" in line)
        found += [lines[variable] for variable in PASSWORDS]
    assert len(set(found)) == 2 * len(PASSWORDS)
    assert all(re.fullmatch(r"[0-9a-f]{48}", word) for word in found)
    assert run(DOCKER / "new-env", tmp_path / "one").returncode == 1


# the steps in a plain folder

may_take_long = pytest.mark.timeout(300)
"""Making .venv takes half a minute, several on a busy machine."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Return /opt/hotline of the images: the context with its .venv. Asterisk is the one that set-up unpacked."""
    # not in pytest's own folder, which is root's alone
    with tempfile.TemporaryDirectory(prefix="hotline-image-") as root:
        os.chmod(root, 0o755)
        image = try_build.Image(Path(root), workdir="/opt/hotline")
        files = try_build.context_files(CHECKOUT)
        for step in try_build.parse(DOCKERFILES[0].read_text(encoding="utf-8")):
            if step.verb == "COPY":
                try_build.copy(step.value, files, CHECKOUT, image)
        home = image.root / "opt/hotline"
        made = run("scripts/setup-venv", "runtime", cwd=home, timeout=240)
        assert made.returncode == 0, made.stderr
        yield home


@may_take_long
def test_the_image_has_what_the_service_needs_and_no_tools_of_development(folder: Path) -> None:
    listed = run(folder / ".venv/bin/python", "-m", "pip", "list", "--format", "json")
    names = {package["name"].lower() for package in json.loads(listed.stdout)}
    assert {"panoramisk", "fastapi", "asyncpg", "uvloop"} <= names
    assert not {"pytest", "mypy", "ruff", "playwright", "ciw", "hypothesis"} & names
    assert run(folder / ".venv/bin/python", "-m", "pip", "check").returncode == 0


class Parts:
    """Asterisk and the service as two containers: the same state folder, the same user, no root."""

    def __init__(self, home: Path, state: Path, log: Path, port_base: int) -> None:
        self.home = home
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": "/tmp",
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOTLINE_STATE_DIR": str(state),
            "HOTLINE_CONFIG_DIR": str(home / "examples/beijing"),
            "HOTLINE_EMBEDDED_ASTERISK": "0",
            "HOTLINE_PORT_BASE": str(port_base),
            "HOTLINE_ASTERISK_ROOT": str(locate(CHECKOUT).modules.parents[4]),
        }
        self.log = log
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(self._as_user(*words), env=self.environment, cwd="/", stdout=log, stderr=log)
        self.running.append(process)
        return process

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        return run(*self._as_user(*words), env=self.environment, cwd="/")

    def wait_until_healthy(self, part: str) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self.ask(".venv/bin/python", "docker/healthy.py", part).returncode != 0:
            dead = [process.returncode for process in self.running if process.poll() is not None]
            assert not dead, self.log.read_text(errors="replace")
            assert time.monotonic() < deadline, self.log.read_text(errors="replace")

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            self.running.remove(process)

    def _as_user(self, *words: str) -> list[str]:
        command = [str(self.home / word) if "/" in word else word for word in words]
        if os.geteuid() != 0:
            return command
        # this machine's Python may lie in root's own folder: reading is allowed everywhere, and nothing else
        only = "+dac_read_search"
        rights = [f"--inh-caps=-all,{only}", f"--ambient-caps={only}", f"--bounding-set=-all,{only}", "--no-new-privs"]
        return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *rights, *command]


@pytest.fixture
def parts(folder: Path, tmp_path: Path) -> Iterator[Parts]:
    with tempfile.TemporaryDirectory(prefix="hotline-state-") as state:
        if os.geteuid() == 0:
            os.chown(state, USER, USER)
        parts = Parts(folder, Path(state), tmp_path / "log", free_base())
        yield parts
        for process in reversed(list(parts.running)):
            parts.stop(process)


def free_base() -> int:
    """Return a port base whose first ports are free, below those that the system gives away."""
    for base in range(21_500, 25_700, 10):
        try:
            with socket.socket(type=socket.SOCK_DGRAM) as udp:
                udp.bind(("127.0.0.1", base))
            for port in range(base + 1, base + 5):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return base
    raise AssertionError("no ports are free")


@may_take_long
def test_asterisk_and_service_run_apart_from_the_images_files_without_root(parts: Parts) -> None:
    asterisk = parts.start(".venv/bin/python", "docker/run_asterisk.py")
    parts.wait_until_healthy("asterisk")
    service = parts.start("docker/run-service")
    parts.wait_until_healthy("service")

    said = parts.ask(".venv/bin/hotline", "doctor", "--json")
    findings = {finding["id"]: finding for finding in json.loads(said.stdout)["findings"]}
    assert [finding for finding in findings.values() if finding["status"] == "fail"] == []
    assert {findings[id_]["status"] for id_ in ("asterisk", "asterisk-running", "service", "packages")} == {"ok"}

    # the service restarts; Asterisk, which has the conversations, does not notice
    assert parts.stop(service) == 0
    assert parts.ask(".venv/bin/python", "docker/healthy.py", "service").returncode == 1
    assert asterisk.poll() is None
    again = parts.start("docker/run-service")
    parts.wait_until_healthy("service")
    assert parts.stop(again) == 0

    # no second Asterisk in the same folder, and no service without one
    assert "already" in parts.ask(".venv/bin/python", "docker/run_asterisk.py").stderr
    assert parts.stop(asterisk) == 0
    parts.environment["HOTLINE_WAIT_SECONDS"] = "1"
    alone = parts.ask("docker/run-service")
    assert alone.returncode == 1
    assert "Asterisk is not up after 1 seconds" in alone.stderr


@may_take_long
def test_asterisk_gets_no_password_of_anything_else(parts: Parts) -> None:
    parts.environment["HOTLINE_DATABASE_URL"] = "sqlite:///:secret:"
    asterisk = parts.start(".venv/bin/python", "docker/run_asterisk.py")
    parts.wait_until_healthy("asterisk")
    environment = Path(f"/proc/{asterisk.pid}/environ").read_bytes()
    assert b"secret" not in environment
    assert b"LC_ALL=C.UTF-8" in environment
