"""The demo: a busy minute of the city's hotline, with real SIP calls, counted to the last one."""
