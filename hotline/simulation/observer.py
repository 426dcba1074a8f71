"""What a simulation lets others see while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hotline.simulation.driver import Run


class Observer(Protocol):
    """Is told of every step of a call: subclass `Watcher` and override what you need.

        class Waits(Watcher):
            def joined(self, at, call_id, type_id, waiting): self.guess[call_id] = forecast(waiting)
            def assigned(self, at, call_id, operator_id, waiting): ...compare with at - self.since[call_id]

        Run(scenario, replication=0, observer=Waits()).play()

    `at` is virtual time in seconds since the start of the run (warm-up included), `waiting` how many calls wait.
    """

    def began(self, run: Run) -> None:
        """The run begins; `run.dispatcher` is the production engine, for who is present and who waits."""

    def joined(self, at: float, call_id: str, type_id: str, waiting: int) -> None:
        """A call came. `waiting` others wait; the engine, not told yet, is as the caller found it."""

    def assigned(self, at: float, call_id: str, operator_id: str, waiting: int) -> None:
        """A call went to an operator; `waiting` others wait still."""

    def ended(self, at: float, call_id: str, operator_id: str, service_seconds: float) -> None:
        """A conversation ended."""

    def left(self, at: float, call_id: str, waiting: int, blocked: bool) -> None:
        """A caller hung up before an operator answered, or found no place to wait."""


class Watcher:
    """Observes nothing."""

    def began(self, run: Run) -> None:
        """Do nothing."""

    def joined(self, at: float, call_id: str, type_id: str, waiting: int) -> None:
        """Do nothing."""

    def assigned(self, at: float, call_id: str, operator_id: str, waiting: int) -> None:
        """Do nothing."""

    def ended(self, at: float, call_id: str, operator_id: str, service_seconds: float) -> None:
        """Do nothing."""

    def left(self, at: float, call_id: str, waiting: int, blocked: bool) -> None:
        """Do nothing."""
