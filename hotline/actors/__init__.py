"""The people of demo, tests and benches: real SIP callers, phones and hotlines, each an external program."""
