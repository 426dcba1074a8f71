"""How long a large city takes to load and check: 60 flows and 1,000 nodes, from files on disk. Budget: one second.

python -m bench.ivr_check; the last line is one JSON object.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench.ivr_city import write_large_city
from hotline.config import examine_city

FLOWS, NODES, ROUNDS = 60, 1000, 7
BUDGET_SECONDS = 1.0
EXAMPLE = Path(__file__).parents[1] / "examples" / "beijing"


def main() -> int:
    """Load it several times, the files warm, and print the middle one."""
    with tempfile.TemporaryDirectory() as folder:
        nodes = write_large_city(Path(folder), EXAMPLE, FLOWS, NODES)
        seconds, cpu = [], []
        for _ in range(ROUNDS):
            began, began_cpu = time.perf_counter(), time.process_time()
            examined = examine_city(Path(folder))
            seconds.append(time.perf_counter() - began)
            cpu.append(time.process_time() - began_cpu)
    figures = {
        "bench": "ivr_check",
        "flows": FLOWS,
        "nodes": nodes,
        "errors": len(examined.errors),
        "warnings": len(examined.warnings),
        "seconds_median": round(statistics.median(seconds), 3),
        "seconds_worst": round(max(seconds), 3),
        "cpu_seconds_median": round(statistics.median(cpu), 3),
        "budget_seconds": BUDGET_SECONDS,
        "passed": examined.city is not None and statistics.median(seconds) <= BUDGET_SECONDS,
    }
    print(json.dumps(figures))
    return 0 if figures["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
