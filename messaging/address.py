"""A broker's address as the settings give it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from calls.errors import ConfigurationError

_DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where a broker is and how to log in."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> BrokerAddress:
        """Read `mqtt://[user:password@]host[:port]`, or `mqtts://` for TLS. Raises ConfigurationError."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            # the address can hold a password, so it is not repeated
            raise ConfigurationError(["The MQTT address must be mqtt://[user:password@]host[:port], or mqtts://."])
        return cls(
            parts.hostname,
            port or _DEFAULT_PORTS[parts.scheme],
            parts.scheme == "mqtts",
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
        )

    def tls_context(self) -> ssl.SSLContext | None:
        """Return how to check the broker's certificate, None without TLS."""
        return ssl.create_default_context() if self.tls else None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"
