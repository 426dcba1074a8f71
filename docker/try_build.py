"""Builds the images without an engine: runs a Dockerfile's steps in a folder, on a Debian made by mmdebstrap.

    sudo .venv/bin/python docker/try_build.py FOLDER      builds both, starts both as compose would, asks their health

Needs root and mmdebstrap, takes about three minutes. What an engine does besides (layers, networks) is
not tried. FOLDER then holds `base`, `asterisk`, `service` and `state`; remove it when you have looked.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
IMAGES = ("asterisk", "service")
WAIT_SECONDS = 90
PORT_BASE = 23000

_HOST_ENVIRONMENT = re.compile(r"^(PIP_(CERT|INDEX_URL|DEFAULT_TIMEOUT)|.*_proxy|.*_PROXY)$")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile."""

    verb: str
    value: str


@dataclass(slots=True)
class Image:
    """What the instructions say of the containers made of it."""

    root: Path
    workdir: str = "/"
    user: str = "0:0"
    environment: dict[str, str] = field(default_factory=dict)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)


def parse(text: str) -> list[Instruction]:
    """Return the instructions of a Dockerfile, continuation lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [Instruction(*line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def context_files(checkout: Path) -> list[str]:
    """Return the files that `COPY . .` copies: git's, less what .dockerignore leaves out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=checkout,
        capture_output=True,
        check=True,
    ).stdout.decode()
    rules = [line for line in (checkout / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    names = sorted(set(listed.split("\0")) - {""})
    return [name for name in names if (checkout / name).is_file() and not is_ignored(name, rules)]


def is_ignored(name: str, rules: Iterable[str]) -> bool:
    """Tell whether .dockerignore leaves a file out: the last rule that fits it, or a folder above it, decides."""
    parts = name.split("/")
    paths = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    ignored = False
    for rule in rules:
        pattern = rule.removeprefix("!")
        anywhere = pattern.removeprefix("**/")
        if any(
            _fits(path, pattern) or (anywhere != pattern and _fits(path.split("/")[-1], anywhere)) for path in paths
        ):
            ignored = not rule.startswith("!")
    return ignored


def _fits(path: str, pattern: str) -> bool:
    return path.count("/") == pattern.count("/") and fnmatch(path, pattern)


def copy(value: str, files: list[str], checkout: Path, image: Image) -> None:
    """Do a COPY: into a folder, each source by its path (`.`) or by its name."""
    *sources, target = shlex.split(value)
    folder = image.root / os.path.join(image.workdir, target).lstrip("/")
    for source in sources:
        for name in files if source == "." else [source]:
            goal = folder / (name if source == "." else Path(name).name)
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(checkout / name, goal)


def build(steps: list[Instruction], image: Image) -> None:
    """Run instructions in an image's folder, RUN ones in a chroot."""
    files = context_files(CHECKOUT)
    for step in steps:
        began = time.monotonic()
        if step.verb == "RUN":
            with _for_building(image.root):
                chroot(image, ["/bin/sh", "-c", step.value], {**host_environment(), **image.environment}, user="0:0")
        elif step.verb == "COPY":
            copy(step.value, files, CHECKOUT, image)
        else:
            note(step, image)
        print(f"{image.root.name}: {step.verb} {step.value[:70]}  {time.monotonic() - began:.1f} s", flush=True)


def build_both(folder: Path) -> list[Image]:
    """Build what both files begin with once, as an engine would, then what is each one's own."""
    files = [parse((CHECKOUT / "docker" / f"Dockerfile.{name}").read_text(encoding="utf-8")) for name in IMAGES]
    common = len(shared_head(*files))
    shared = Image(lay_out(folder / "base", folder / "shared"))
    build(files[0][1:common], shared)
    images = []
    for name, steps in zip(IMAGES, files, strict=True):
        image = dataclasses.replace(shared, root=lay_out(shared.root, folder / name))
        build(steps[common:], image)
        images.append(image)
    return images


def shared_head(one: list[Instruction], other: list[Instruction]) -> list[Instruction]:
    """Return the instructions that both begin with."""
    return [
        ours for ours, theirs in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    ]


def lay_out(source: Path, target: Path) -> Path:
    """Copy a whole root folder, in the place of what an earlier try left."""
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
    return target


def note(step: Instruction, image: Image) -> None:
    """Take in an instruction that says something of the containers."""
    if step.verb == "WORKDIR":
        image.workdir = step.value
        (image.root / step.value.lstrip("/")).mkdir(parents=True, exist_ok=True)
    elif step.verb == "ENV":
        image.environment.update(pair.split("=", 1) for pair in shlex.split(step.value))
    elif step.verb == "USER":
        image.user = step.value
    elif step.verb == "ENTRYPOINT":
        image.entrypoint = json.loads(step.value)
    elif step.verb == "CMD":
        image.command = json.loads(step.value)
    elif step.verb == "HEALTHCHECK":
        image.healthcheck = json.loads(step.value.partition("CMD ")[2])
    elif step.verb != "STOPSIGNAL":
        raise ValueError(f"this build knows no {step.verb}")


def host_environment() -> dict[str, str]:
    """Return how this machine reaches package indexes, which a build host has set up in its own way."""
    return {name: value for name, value in os.environ.items() if _HOST_ENVIRONMENT.match(name)}


@contextmanager
def _for_building(root: Path) -> Iterator[None]:
    """Give a build what an engine gives it: name resolution and this machine's certificates; take it away after."""
    lent = [path for path in ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf") if Path(path).exists()]
    kept = {path: (root / path[1:]).exists() for path in lent}
    for path in lent:
        if not kept[path]:
            shutil.copy(path, root / path[1:])
    certificates = root / "etc/ssl/certs/ca-certificates.crt"
    had = certificates.exists()
    if not had and Path("/etc/ssl/certs/ca-certificates.crt").exists():
        certificates.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", certificates)
    try:
        yield
    finally:
        for path in lent:
            if not kept[path]:
                (root / path[1:]).unlink(missing_ok=True)
        if not had:
            certificates.unlink(missing_ok=True)


def command_in(
    image: Image, words: list[str], environment: Mapping[str, str], user: str, mounts: str = ""
) -> list[str]:
    """Return a command that runs in the image's folder, in a mount namespace of its own."""
    shell = [
        f"{name}={value}"
        for name, value in {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", **environment}.items()
    ]
    inside = ["chroot", f"--userspec={user}", ".", "/usr/bin/env", "-i", "-C", image.workdir, *shell, *words]
    root = shlex.quote(str(image.root))
    script = (
        f"mount --bind {root} {root} && cd {root} && mount -t proc proc proc && mount --rbind /dev dev {mounts} && "
        f"cd {root} && exec {shlex.join(inside)}"
    )
    return ["unshare", "--mount", "--propagation", "private", "/bin/bash", "-c", script]


def chroot(image: Image, words: list[str], environment: Mapping[str, str], user: str) -> None:
    """Run a command in the image's folder to its end."""
    subprocess.run(command_in(image, words, environment, user), check=True)


def start(image: Image, state: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a container's main process as compose.yaml says: read-only, without capabilities, the state in a volume."""
    mounts = (
        f"&& mount --bind {shlex.quote(str(state))} var/lib/hotline && mount -t tmpfs tmpfs tmp"
        f" && mkdir -p etc/hotline && mount --bind {shlex.quote(str(CHECKOUT / 'examples/beijing'))} etc/hotline"
        " && mount -o remount,bind,ro ."
    )
    # a user other than root has no capabilities, and so can get none back
    words = ["setpriv", "--no-new-privs", *image.entrypoint, *image.command]
    return subprocess.Popen(command_in(image, words, {**image.environment, **environment}, image.user, mounts))


def wait_until_healthy(
    image: Image, state: Path, environment: Mapping[str, str], main: subprocess.Popen[bytes]
) -> float:
    """Ask the health check until it says yes; return the seconds that took."""
    began = time.monotonic()
    probe = Image(image.root, image.workdir, image.user, image.environment, image.healthcheck)
    while time.monotonic() - began < WAIT_SECONDS:
        if main.poll() is not None:
            raise SystemExit(f"{image.root.name} ended with {main.returncode}")
        if start(probe, state, environment).wait() == 0:
            return time.monotonic() - began
        time.sleep(0.5)
    raise SystemExit(f"{image.root.name} is not healthy after {WAIT_SECONDS} seconds")


def make_base(base: Path) -> None:
    """Make a minimal Debian 12, which is what debian:bookworm-slim is made of."""
    if base.exists():
        return
    asked = [
        "apt-get",
        "indextargets",
        "--format",
        "$(COMPONENT) $(RELEASE) $(LABEL) $(REPO_URI)",
        "Created-By: Packages",
    ]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    found = re.search(r"^main [a-z]+ Debian (\S+)$", said, re.MULTILINE)
    if found is None:
        raise SystemExit("this machine's apt lists name no Debian mirror: apt-get update")
    subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "bookworm", str(base), found[1]], check=True)


def main(folder: Path) -> None:
    """Build both images, run both, ask both."""
    folder.mkdir(parents=True, exist_ok=True)
    make_base(folder / "base")
    asterisk, service = build_both(folder)
    state = folder / "state"
    shutil.rmtree(state, ignore_errors=True)
    shutil.copytree(asterisk.root / "var/lib/hotline", state)
    os.chown(state, 10001, 10001)
    environment = {"HOTLINE_BIND": "127.0.0.1", "HOTLINE_PORT_BASE": str(PORT_BASE)}
    running: list[subprocess.Popen[bytes]] = []
    try:
        for image in (asterisk, service):
            running.append(start(image, state, environment))
            print(
                f"{image.root.name}: healthy after {wait_until_healthy(image, state, environment, running[-1]):.1f} s",
                flush=True,
            )
        doctor = Image(
            service.root,
            service.workdir,
            service.user,
            service.environment,
            ["/opt/hotline/.venv/bin/hotline"],
            ["doctor"],
        )
        print(f"doctor: exit code {start(doctor, state, environment).wait()}", flush=True)
    finally:
        for process in reversed(running):
            process.terminate()
            print(f"stopped: exit code {process.wait(30)}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
