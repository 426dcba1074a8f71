"""Tries a hotline on paper: the production routing engine in virtual time."""
