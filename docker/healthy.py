"""Is a container well? `healthy.py asterisk` logs in over AMI, `healthy.py service` asks /healthz. Exit code 1: no."""

from __future__ import annotations

import http.client
import json
import socket
import sys
from contextlib import closing

from hotline.settings import Settings

SECONDS = 4.0
LOGIN = "Action: Login\r\nUsername: hotline\r\nSecret: {secret}\r\n\r\n"


def ask_asterisk(settings: Settings) -> str:
    """Return an empty text when Asterisk says that all its modules run, else what is wrong."""
    secret = json.loads(settings.secrets_path.read_text(encoding="utf-8"))["ami"]
    with socket.create_connection((settings.bind, settings.ami_port), SECONDS) as connection:
        connection.sendall(LOGIN.format(secret=secret).encode())
        for line in connection.makefile("r", encoding="utf-8", errors="replace"):
            if line.startswith("Event: FullyBooted"):
                return ""
            if line.startswith("Response: Error"):
                return "Asterisk does not accept the password in secrets.json"
    return "Asterisk closed the connection"


def ask_service(settings: Settings) -> str:
    """Return an empty text when the service says that it is well, else what is wrong."""
    with closing(http.client.HTTPConnection(settings.bind, settings.http_port, timeout=SECONDS)) as connection:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        return "" if answer.status == 200 else answer.read().decode(errors="replace")


def main(part: str) -> int:
    """Ask one part, print what is wrong, return the exit code."""
    ask = {"asterisk": ask_asterisk, "service": ask_service}[part]
    try:
        wrong = ask(Settings.from_options())
    except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
        wrong = f"{type(error).__name__}: {error}"
    if wrong:
        print(wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
