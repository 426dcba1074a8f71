"""Where an installation keeps its state and which ports it uses. Two installations run side by side on other values."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from calls.errors import ConfigurationError

CHECKOUT = Path(__file__).resolve().parent.parent
"""Where the project's own files are."""

DEFAULT_PORT_BASE = 20000
LAST_OFFSET = 6999
"""The highest offset from the port base: the end of the RTP range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One installation."""

    state_dir: Path = CHECKOUT / "var" / "state"
    config_dir: Path = CHECKOUT / "examples" / "beijing"
    port_base: int = DEFAULT_PORT_BASE
    bind: str = "127.0.0.1"
    database_url: str | None = None
    "SQLAlchemy URL; an SQLite file in the state folder where left out."
    mqtt_url: str | None = None
    "Broker of the city; an embedded one where left out."
    trunk_addresses: Mapping[str, str] = field(default_factory=dict)
    "Trunk id to host:port, instead of what city.yaml says."
    embedded_asterisk: bool = True
    "Whether the service starts its own Asterisk."
    watch_config: bool = True
    "Whether edits of the configuration go live by themselves; else by `hotline ivr reload`."
    nice: int = -10
    "Niceness of the service and of Asterisk: below 0 they come before other programs, where the machine allows it."

    @property
    def sip_port(self) -> int:
        """UDP port of SIP: the base itself."""
        return self.port_base

    @property
    def ami_port(self) -> int:
        """TCP port of Asterisk's manager interface."""
        return self.port_base + 1

    @property
    def agi_port(self) -> int:
        """TCP port where the service answers Asterisk (FastAGI)."""
        return self.port_base + 2

    @property
    def http_port(self) -> int:
        """TCP port of the live page and the API."""
        return self.port_base + 3

    @property
    def mqtt_port(self) -> int:
        """TCP port of the embedded MQTT broker."""
        return self.port_base + 4

    @property
    def rtp_first(self) -> int:
        """First UDP port of speech."""
        return self.port_base + 1000

    @property
    def rtp_last(self) -> int:
        """Last UDP port of speech."""
        return self.port_base + LAST_OFFSET

    @property
    def embedded_broker(self) -> bool:
        """Whether the service runs its own MQTT broker."""
        return self.mqtt_url is None

    @property
    def broker_bind(self) -> str:
        """Address of the embedded broker: it knows no passwords, so it is reached from this machine only."""
        return "::1" if self.bind == "::1" else "127.0.0.1"

    @property
    def effective_mqtt_url(self) -> str:
        """Address of the broker that is used."""
        host = f"[{self.broker_bind}]" if ":" in self.broker_bind else self.broker_bind
        return self.mqtt_url or f"mqtt://{host}:{self.mqtt_port}"

    @property
    def effective_database_url(self) -> str:
        """Address of the database that is used."""
        return self.database_url or f"sqlite:///{self.state_dir / 'hotline.db'}"

    @property
    def asterisk_dir(self) -> Path:
        """Everything of Asterisk's own: configuration, logs, registrations."""
        return self.state_dir / "asterisk"

    @property
    def secrets_path(self) -> Path:
        """The passwords, generated once."""
        return self.state_dir / "secrets.json"

    @property
    def prompts_dir(self) -> Path:
        """Spoken prompts, a folder for each language."""
        return self.state_dir / "prompts"

    @property
    def joined_dir(self) -> Path:
        """Prompts that were joined to be spoken in one go."""
        return self.state_dir / "joined"

    @property
    def music_dir(self) -> Path:
        """What callers hear while they wait, a folder for each music class."""
        return self.state_dir / "music"

    @property
    def sounds_dir(self) -> Path:
        """Spoken prompts of versions that came while the service ran, a folder for each."""
        return self.state_dir / "sounds"

    @property
    def versions_dir(self) -> Path:
        """Every configuration that was live, a folder for each."""
        return self.state_dir / "versions"

    @property
    def notices_path(self) -> Path:
        """The notices that were switched on by command."""
        return self.state_dir / "notices.json"

    @property
    def control_socket(self) -> Path:
        """Where the running service takes commands of its own user."""
        return self.state_dir / "control.sock"

    @property
    def recordings_dir(self) -> Path:
        """Recordings, a folder for each day."""
        return self.state_dir / "recordings"

    @property
    def emergency_spool_dir(self) -> Path:
        """Where Asterisk's own script notes the calls that it handled."""
        return self.state_dir / "emergency-spool"

    @classmethod
    def from_options(
        cls,
        *,
        state_dir: Path | None = None,
        port_base: int | None = None,
        config_dir: Path | None = None,
        bind: str | None = None,
        trunk_addresses: Mapping[str, str] | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> Settings:
        """Return the settings that were given; what was not comes from HOTLINE_* variables, then from the defaults.

        Raises ConfigurationError for a value that can't be used.
        """
        base = cls()
        state = state_dir or Path(environment.get("HOTLINE_STATE_DIR") or base.state_dir)
        config = config_dir or Path(environment.get("HOTLINE_CONFIG_DIR") or base.config_dir)
        return cls(
            state_dir=state.absolute(),
            config_dir=config,
            port_base=_port(port_base if port_base is not None else environment.get("HOTLINE_PORT_BASE")),
            bind=bind or environment.get("HOTLINE_BIND") or base.bind,
            database_url=environment.get("HOTLINE_DATABASE_URL") or None,
            mqtt_url=environment.get("HOTLINE_MQTT_URL") or None,
            trunk_addresses=dict(trunk_addresses or {}),
            embedded_asterisk=environment.get("HOTLINE_EMBEDDED_ASTERISK", "1") != "0",
            watch_config=environment.get("HOTLINE_WATCH_CONFIG", "1") != "0",
            nice=_nice(environment.get("HOTLINE_NICE"), base.nice),
        )

    def ports_in_use(self) -> list[tuple[int, str, str]]:
        """Return each port that another program has: the port, what it is for, the setting that moves it."""
        wanted = [(self.agi_port, "FastAGI", socket.SOCK_STREAM), (self.http_port, "live page", socket.SOCK_STREAM)]
        if self.embedded_asterisk:
            wanted.append((self.sip_port, "SIP", socket.SOCK_DGRAM))
            wanted.append((self.ami_port, "AMI", socket.SOCK_STREAM))
        if self.embedded_broker:
            wanted.append((self.mqtt_port, "MQTT", socket.SOCK_STREAM))
        return [
            (port, purpose, "--port-base (HOTLINE_PORT_BASE)")
            for port, purpose, kind in sorted(wanted)
            if not _is_free(self.broker_bind if port == self.mqtt_port else self.bind, port, kind)
        ]


def _port(value: int | str | None) -> int:
    if value is None or value == "":
        return DEFAULT_PORT_BASE
    try:
        number = int(value)
    except ValueError:
        number = -1
    if not 1024 <= number <= 65535 - LAST_OFFSET:
        raise ConfigurationError(
            [f"--port-base {value}: must be a number from 1024 to {65535 - LAST_OFFSET}, it needs {LAST_OFFSET} more"]
        )
    return number


def _nice(value: str | None, otherwise: int) -> int:
    if not value:
        return otherwise
    try:
        number = int(value)
    except ValueError:
        number = 99
    if not -20 <= number <= 19:
        raise ConfigurationError([f"HOTLINE_NICE {value}: must be a number from -20 (first) to 19 (last)"])
    return number


def _is_free(bind: str, port: int, kind: socket.SocketKind) -> bool:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError:
            return False
    return True
