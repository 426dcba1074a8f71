"""Addresses and ports: free, ours, or somebody else's; and who could reach them."""

from __future__ import annotations

import ipaddress
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hotline.doctor.finding import Finding, fail, info, ok, warn
from hotline.doctor.processes import Holder, find_holder
from hotline.settings import Settings

ASK_SECONDS = 3.0
"""For the running service to answer."""

_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_MOVE = "choose another --port-base (HOTLINE_PORT_BASE)"


def check_network(settings: Settings) -> list[Finding]:
    """Look at the address, at each port, and at the service where it runs."""
    address = judge_address(settings.bind, _can_bind(settings.bind))
    if address.mend:
        return [address]
    ports = port_list(settings)
    taken = {port: _holder(settings, port, kind) for port, _, kind in ports if not _free(settings.bind, port, kind)}
    findings = [address, judge_exposure(settings.bind)]
    findings += [judge_port(port, purpose, port in taken, taken.get(port)) for port, purpose, _ in ports]
    findings.append(judge_rtp(settings.rtp_first, settings.rtp_last, _ephemeral_ports()))
    holder = taken.get(settings.http_port)
    findings.append(judge_service(_ask(settings) if holder is not None and holder.is_ours else None))
    if not settings.embedded_asterisk:
        listens = not _free(settings.bind, settings.ami_port, socket.SOCK_STREAM)
        findings.append(judge_foreign_asterisk(listens, settings.bind, settings.ami_port))
    return findings


def port_list(settings: Settings) -> list[tuple[int, str, socket.SocketKind]]:
    """Return the ports that this installation opens itself: the port, what it is for, TCP or UDP."""
    ports = [(settings.agi_port, "fastagi", socket.SOCK_STREAM), (settings.http_port, "http", socket.SOCK_STREAM)]
    if settings.embedded_asterisk:
        ports += [(settings.sip_port, "sip", socket.SOCK_DGRAM), (settings.ami_port, "ami", socket.SOCK_STREAM)]
    if settings.embedded_broker:
        ports.append((settings.mqtt_port, "mqtt", socket.SOCK_STREAM))
    return sorted(ports)


def judge_address(bind: str, usable: bool) -> Finding:
    """Judge whether the address is one of this machine."""
    if usable:
        return ok("address", f"{bind} is an address of this machine")
    return fail("address", f"{bind} is no address of this machine", "set --bind (HOTLINE_BIND) to one: ip -brief addr")


def judge_exposure(bind: str) -> Finding:
    """Judge who can reach what asks for no password: FastAGI, the live page and its API."""
    if _is_loopback(bind):
        return ok("exposure", f"everything listens on {bind} only: phones and trunks of this machine alone can call")
    return warn(
        "exposure",
        f"FastAGI and the live page with its API ask for no password, and they listen on {bind}",
        "let a firewall admit only SIP and RTP from outside (docs/operations.md, «Firewall»)",
    )


def judge_port(port: int, purpose: str, taken: bool, holder: Holder | None) -> Finding:
    """Judge one port."""
    id_ = f"port-{purpose}"
    if not taken:
        return ok(id_, f"{port} is free")
    if holder is None:
        return fail(
            id_, f"{port} is in use by a program that can't be seen from here", f"ss -tulpn | grep {port} (as root)"
        )
    if holder.is_ours:
        return ok(id_, f"{port} is in use by this installation itself: {holder.name}, process {holder.pid}")
    return fail(
        id_, f"{port} is in use by {holder.name}, process {holder.pid}", f"end it (kill {holder.pid}), or {_MOVE}"
    )


def judge_rtp(first: int, last: int, ephemeral: tuple[int, int] | None) -> Finding:
    """Judge whether other programs' outgoing connections take ports of the speech."""
    seen = f"speech uses UDP {first} to {last}: {(last - first + 1) // 4} conversations at once"
    if ephemeral and first <= ephemeral[1] and last >= ephemeral[0]:
        return warn(
            "rtp",
            f"{seen}; the system gives ports {ephemeral[0]} to {ephemeral[1]} to any program",
            f"{_MOVE}, so that base + 6999 is below {ephemeral[0]}, or narrow net.ipv4.ip_local_port_range",
        )
    return ok("rtp", seen)


def judge_service(health: Mapping[str, Any] | None) -> Finding:
    """Judge what the running service says of itself."""
    if health is None:
        return info("service", "the service is not running", "start it: hotline run (or systemctl start hotline)")
    checks: Mapping[str, str] = health.get("checks", {})
    if health.get("ok"):
        return ok("service", f"it runs; {_spell(checks.items())}")
    bad = [(name, word) for name, word in checks.items() if word != "up"]
    return fail("service", f"it runs, but {_spell(bad)}", "look for the reason in its log (journalctl -u hotline)")


def judge_foreign_asterisk(listens: bool, bind: str, port: int) -> Finding:
    """Judge whether the Asterisk that the service does not start itself is there."""
    if listens:
        return ok("asterisk-running", f"something listens on the AMI port {port}")
    return fail(
        "asterisk-running",
        f"HOTLINE_EMBEDDED_ASTERISK=0, and nothing listens on {bind}:{port} (AMI)",
        "start it: docker/run-asterisk (or systemctl start hotline-asterisk), or unset HOTLINE_EMBEDDED_ASTERISK",
    )


def _spell(checks: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name}: {word}" for name, word in checks) or "it does not say how it is"


def _is_loopback(bind: str) -> bool:
    try:
        return ipaddress.ip_address(bind).is_loopback
    except ValueError:
        return bind == "localhost"


def _can_bind(bind: str) -> bool:
    return _free(bind, 0, socket.SOCK_DGRAM)


def _free(bind: str, port: int, kind: socket.SocketKind) -> bool:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    try:
        with socket.socket(family, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((bind, port))
    except OSError:
        return False
    return True


def _holder(settings: Settings, port: int, kind: socket.SocketKind) -> Holder | None:
    return find_holder(port, kind, settings.state_dir)


def _ephemeral_ports() -> tuple[int, int] | None:
    try:
        first, last = _EPHEMERAL.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return None
    return int(first), int(last)


def _ask(settings: Settings) -> Mapping[str, Any]:
    host = f"[{settings.bind}]" if ":" in settings.bind else settings.bind
    url = f"http://{host}:{settings.http_port}/healthz"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=ASK_SECONDS) as answer:
            return _health(answer.read())
    except urllib.error.HTTPError as error:  # 503 says what is wrong
        with error:
            return _health(error.read())
    except OSError as error:
        return {"ok": False, "checks": {"/healthz": str(error)}}


def _health(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    return said if isinstance(said, dict) else {"ok": False, "checks": {"/healthz": "does not answer with JSON"}}
