"""Pure folds from the journal's events to the rows that people ask for: no clock, no I/O, and no event fails them."""
