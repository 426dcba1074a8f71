"""The operators' verbs as the API and the command line give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from acd.desk import OperatorDesk
from calls.errors import NotFound
from hotline.control_socket import Handler, Request

API = "api"


@dataclass(frozen=True, slots=True)
class OperatorPages:
    """Implements `web.ports.OperatorVerbs`."""

    desk: OperatorDesk
    by: str = API
    "Who asks, as it stands in the journal."

    def ask(
        self, operator_id: str, verb: str, *, phone: str | None = None, reason: str | None = None
    ) -> dict[str, Any]:
        """Do it and return what the operator is after it. Raises NotFound, NotPossibleNow."""
        desk = self.desk
        verbs: Mapping[str, Callable[[], object]] = {
            "log-in": lambda: desk.log_in(operator_id, phone, by=self.by),
            "log-out": lambda: desk.log_out(operator_id, by=self.by),
            "pause": lambda: desk.pause(operator_id, reason),
            "resume": lambda: desk.resume(operator_id),
            "finish-wrap-up": lambda: desk.finish_wrap_up(operator_id),
            "extend-wrap-up": lambda: desk.extend_wrap_up(operator_id),
        }
        presence = desk.room.presence(operator_id)
        if presence is None:
            raise NotFound(f"There is no operator {operator_id!r}.")
        if verb not in verbs:
            raise NotFound(f"Operators can't be asked to {verb!r}; there is {', '.join(verbs)}.")
        verbs[verb]()
        return {
            "operator_id": operator_id,
            "state": str(presence.state),
            "reason": presence.reason,
            "phone": presence.phone if presence.logged_in else None,
            "pause_wanted": presence.wanted_pause or None,
            "until": presence.due_at.isoformat() if presence.due_at is not None else None,
        }


def operator_commands(desk: OperatorDesk) -> dict[str, Handler]:
    """Return the command of the control socket."""

    async def operator(request: Request, who: str) -> dict[str, Any]:
        def text(key: str) -> str | None:
            value = request.get(key)
            return value if isinstance(value, str) and value else None

        asked = OperatorPages(desk, by=f"command_line:{who}")
        operator_id = text("operator") or ""
        return asked.ask(operator_id, text("ask") or "", phone=text("phone"), reason=text("reason"))

    return {"operator": operator}
