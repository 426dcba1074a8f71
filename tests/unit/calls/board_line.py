"""Says what happens on a line, by the second after noon, and looks at the board."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from calls.board import LiveBoard
from calls.board_model import (
    BoardDirectory,
    BoardSnapshot,
    DirectoryHotline,
    DirectoryOperator,
    DirectoryQueue,
    FigureSettings,
    HotlineRow,
    OperatorRow,
    QueueRow,
)
from calls.events import (
    CallDequeued,
    CallEnded,
    CallOutcome,
    CallQueued,
    CallStarted,
    ConversationEnded,
    EndedBy,
    Event,
    OfferEnded,
    OfferOutcome,
    OperatorAnswered,
    OperatorOffered,
    OperatorState,
    OperatorStateChanged,
    TransferAnswered,
    TransferDoor,
    TransferEnded,
    TransferOutcome,
    TransferStarted,
)

BEIJING = timezone(timedelta(hours=8))
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"Noon in Beijing."

DIRECTORY = BoardDirectory(
    city_id="beijing",
    city_name={"zh": "北京", "en": "Beijing"},
    queues=(
        DirectoryQueue("general", {"zh": "综合", "en": "General"}, {"general": 1}),
        DirectoryQueue("english", {"zh": "英语", "en": "English"}, {"general": 1, "english": 3}),
    ),
    operators=(
        DirectoryOperator("1001", "王小明", {"general": 3, "english": 4}),
        DirectoryOperator("1002", "李娜", {"general": 2}),
    ),
    hotlines=(DirectoryHotline("gas", {"zh": "燃气", "en": "Gas"}, "96777"),),
)


class Line:
    """Says what happens on the line, by the second after noon, and looks at the board."""

    def __init__(self, start: datetime = NOON, directory: BoardDirectory = DIRECTORY) -> None:
        self.start = start
        self.board = LiveBoard(directory, FigureSettings(timezone=BEIJING))

    def at(self, seconds: float) -> datetime:
        return self.start + timedelta(seconds=seconds)

    def tell(self, cls: type[Event], seconds: float, **values: Any) -> None:
        self.board.apply(cls(at=self.at(seconds), **values))

    def calls(self, call: str, seconds: float, ani: str = "13812345645") -> None:
        self.tell(CallStarted, seconds, call_id=call, case_id="c", ani=ani, dnis="12345", line_id="main", language="zh")

    def queues(self, call: str, seconds: float, queue: str = "general", **values: Any) -> None:
        self.tell(CallQueued, seconds, call_id=call, queue_id=queue, skills={"general": 1}, **values)

    def offers(self, call: str, seconds: float, operator: str = "1001", *, returned: bool = False) -> None:
        self.tell(
            OperatorOffered,
            seconds,
            call_id=call,
            offer_id=f"{call}-{operator}-{returned}",
            operator_id=operator,
            queue_id="general",
            returned=returned,
        )

    def answers(self, call: str, seconds: float, operator: str = "1001", *, returned: bool = False) -> None:
        offer = f"{call}-{operator}-{returned}"
        self.tell(OperatorAnswered, seconds, call_id=call, offer_id=offer, operator_id=operator, ring_seconds=1)

    def offer_ends(self, call: str, seconds: float, outcome: OfferOutcome, operator: str = "1001") -> None:
        offer = f"{call}-{operator}-False"
        self.tell(
            OfferEnded, seconds, call_id=call, offer_id=offer, operator_id=operator, outcome=outcome, ring_seconds=1
        )

    def ends(self, call: str, seconds: float, outcome: CallOutcome) -> None:
        self.tell(CallEnded, seconds, call_id=call, outcome=outcome, ended_by=EndedBy.CALLER)

    def answered_call(self, call: str, asked: float, wait: float, talk: float = 30, queue: str = "general") -> None:
        self.calls(call, asked)
        self.queues(call, asked, queue)
        self.offers(call, asked + wait - 1)
        self.answers(call, asked + wait)
        self.tell(
            ConversationEnded,
            asked + wait + talk,
            call_id=call,
            offer_id=f"{call}-1001-False",
            operator_id="1001",
            talk_seconds=talk,
            ended_by=EndedBy.CALLER,
        )
        self.ends(call, asked + wait + talk, CallOutcome.ANSWERED)

    def abandoned_call(self, call: str, asked: float, wait: float) -> None:
        self.calls(call, asked)
        self.queues(call, asked)
        self.tell(CallDequeued, asked + wait, call_id=call, queue_id="general", reason="caller_left")
        self.ends(call, asked + wait, CallOutcome.SHORT_ABANDON if wait <= 5 else CallOutcome.ABANDONED)

    def transfers(self, call: str, seconds: float, outcome: TransferOutcome, **values: Any) -> None:
        self.begins_transfer(call, seconds)
        if outcome is TransferOutcome.ANSWERED:
            self.tell(TransferAnswered, seconds + 2, call_id=call, transfer_id=f"t-{call}", ring_seconds=2)
        self.ends_transfer(call, seconds + 9, outcome, **values)

    def begins_transfer(
        self, call: str, seconds: float, door: TransferDoor = TransferDoor.OPERATOR_KEY, target: str = "gas"
    ) -> None:
        self.tell(
            TransferStarted,
            seconds,
            call_id=call,
            transfer_id=f"t-{call}",
            door=door,
            initiator="1001",
            target_id=target,
            number="96777",
            trunk="city",
        )

    def ends_transfer(self, call: str, seconds: float, outcome: TransferOutcome, **values: Any) -> None:
        self.tell(
            TransferEnded,
            seconds,
            call_id=call,
            transfer_id=f"t-{call}",
            outcome=outcome,
            ring_seconds=1,
            talk_seconds=0,
            ended_by=EndedBy.TARGET,
            **values,
        )

    def operator_is(self, operator: str, state: OperatorState, seconds: float, **values: Any) -> None:
        self.tell(OperatorStateChanged, seconds, operator_id=operator, state=state, **values)

    def look(self, seconds: float) -> BoardSnapshot:
        return self.board.snapshot(self.at(seconds))

    def queue(self, seconds: float, queue: str = "general") -> QueueRow:
        return next(row for row in self.look(seconds).queues if row.queue_id == queue)

    def hotline(self, seconds: float) -> HotlineRow:
        return self.look(seconds).hotlines[0]

    def operator(self, seconds: float, operator: str = "1001") -> OperatorRow:
        return next(row for row in self.look(seconds).operators if row.operator_id == operator)
