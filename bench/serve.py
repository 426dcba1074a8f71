"""Runs `hotline run` for a benchmark, deaf to the settings of whoever runs the benchmark."""

from __future__ import annotations

import os

from hotline.cli import main

KEPT = "HOTLINE_ASTERISK_ROOT"
"""Where Asterisk is; every other setting comes from the benchmark."""

if __name__ == "__main__":
    for name in [name for name in os.environ if name.startswith("HOTLINE_") and name != KEPT]:
        del os.environ[name]
    main()
