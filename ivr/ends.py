"""The kinds of nodes at which a flow ends. Definitions only."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ivr.types import Definition, Id


class _LastNode(Definition):
    def next_nodes(self) -> tuple[str, ...]:
        """Return nothing: the flow ends here."""
        return ()


class ReturnNode(_LastNode):
    """Ends a sub-flow: the flow that called it goes on. In a line's own flow the call ends with goodbye."""

    kind: Literal["return"] = "return"


class QueueNode(_LastNode):
    """The caller asks for a person: an outcome of the flow."""

    kind: Literal["queue"] = "queue"
    queue: Id = Field(description="Call queue in queues.yaml.")


class TransferNode(_LastNode):
    """The caller asks for a hotline; where it can't be reached, its `on_failure` queue takes the call."""

    kind: Literal["transfer"] = "transfer"
    hotline: Id = Field(description="Hotline in hotlines.yaml.")


class HangUpNode(_LastNode):
    """Speaks a last prompt, where one is given, and hangs up."""

    kind: Literal["hang_up"] = "hang_up"
    prompt: Id | None = Field(default=None, description="Name of the last prompt in prompts.yaml.")
