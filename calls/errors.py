"""The errors that cross package borders. A class's docstring is its message where none is given."""

from __future__ import annotations


class HotlineError(Exception):
    """Something in the hotline failed."""

    error_id = "hotline_error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class ProtocolError(HotlineError):
    """A peer sent bytes that break its protocol."""

    error_id = "protocol_error"


class LinkDown(HotlineError):
    """The control link to Asterisk is down."""

    error_id = "link_down"


class ActionTimedOut(HotlineError):
    """Asterisk did not answer an action in time. Look at channels before doing it again."""

    error_id = "action_timed_out"


class SessionOver(HotlineError):
    """The AGI session is over. The call may go on in another session."""

    error_id = "session_over"


class ConfigurationError(HotlineError):
    """The configuration is wrong. `problems` holds every error, one line each, as file:line:column: what."""

    error_id = "configuration_error"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class NotFound(HotlineError):
    """There is nothing of that name."""

    error_id = "not_found"


class JournalFailed(HotlineError):
    """The journal could not be written."""

    error_id = "journal_failed"


class NotPossibleNow(HotlineError):
    """That is not possible in the present state."""

    error_id = "not_possible_now"
