"""Renders the configuration and becomes the Asterisk that carries the calls, where the service does not start its own.

Settings come from HOTLINE_* variables, as for `hotline run`. The service runs with HOTLINE_EMBEDDED_ASTERISK=0, on the
same state folder, as the same user.
"""

from __future__ import annotations

import os
import sys

from calls.errors import ConfigurationError, HotlineError
from hotline.precedence import take_precedence
from hotline.prepare import prepare
from hotline.settings import Settings
from telephony.asterisk.running import take_ownership

KEPT_ENVIRONMENT = ("PATH", "HOME", "TZ", "TMPDIR")
"""Passwords of the database and the broker are none of Asterisk's business."""


def main() -> None:
    """Prepare, then replace this process by Asterisk, which so gets its signals directly."""
    os.umask(0o077)
    settings = Settings.from_options()
    lock = take_ownership(settings.asterisk_dir / "run")
    prepared = prepare(settings, lambda step: print(f"asterisk: {step}", file=sys.stderr))
    take_precedence(settings.nice)
    # the lock goes on with Asterisk: no second one starts in this folder
    os.set_inheritable(lock.fileno(), True)
    command = prepared.binary.command
    config = prepared.plan.folders.etc / "asterisk.conf"
    environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    os.execve(command[0], [*command, "-C", str(config), "-f"], environment | {"LC_ALL": "C.UTF-8"})


if __name__ == "__main__":
    try:
        main()
    except ConfigurationError as error:
        sys.stderr.write("\n".join(error.problems) + "\n")
        sys.exit(2)
    except HotlineError as error:
        sys.exit(f"asterisk: {error}")
