"""Benchmarks: each one command, whose last line on standard output is one JSON object."""
