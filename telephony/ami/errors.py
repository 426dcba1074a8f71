"""What can go wrong on the control link, besides what `calls.errors` names."""

from __future__ import annotations

from calls.errors import HotlineError


class BadAction(HotlineError):
    """An action may not be sent as it is written."""

    error_id = "bad_action"


class TooManyActions(HotlineError):
    """Too many actions wait for an answer from Asterisk."""

    error_id = "too_many_actions"


class ActionRefused(HotlineError):
    """Asterisk refused an action."""

    error_id = "action_refused"

    def __init__(self, action: str, message: str) -> None:
        super().__init__(f"Asterisk refused {action}: {message}")
        self.action = action
        self.message = message


class LoginRefused(HotlineError):
    """Asterisk refused the login. Compare the user and the secret with its manager.conf."""

    error_id = "login_refused"

    def __init__(self, username: str, message: str) -> None:
        super().__init__(
            f"Asterisk refused the AMI login of user '{username}': {message}. "
            "Compare the user, its secret and its permit lines in manager.conf with the hotline's secrets"
        )
