"""The command line."""

from hotline.cli.main import main

__all__ = ["main"]
