"""What the live board is told of the configuration."""

from __future__ import annotations

from pathlib import Path

from hotline.config import load_city
from hotline.plans import board_directory
from tests.e2e.overlay import changed_city


def test_a_queues_operators_are_those_who_may_get_its_calls(tmp_path: Path) -> None:
    """Not only by skills: also by needs, in whatever step, and by the operators' own lists."""
    queues = {"general": {"needs": "not gas"}, "gas_experts": {"skills": {}, "steps": [{"needs": "gas >= 5 or zh"}]}}
    folder = changed_city(tmp_path / "city", {}, queues=queues)
    file = folder / "operators.yaml"
    own = "name: 张伟, queues: [gas_experts]"
    file.write_text(file.read_text("utf-8").replace("name: 张伟", own), "utf-8")
    served_by = {queue.id: queue.served_by for queue in board_directory(load_city(folder)).queues}
    assert served_by == {"general": {"1001"}, "gas_experts": {"1001", "1002", "1003"}}
