"""Asterisk as a program: where it is, what it is told to be, and its life as our child."""
