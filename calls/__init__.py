"""The shared language: calls, legs, events, the live board, errors. Standard library only, no I/O, no clock."""
