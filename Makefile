# Every verb sets up first what it needs; once set up that costs a fraction of a second.
SHELL := /bin/bash
VENV_PYTHON := .venv/bin/python
WORKERS ?= 3
.DEFAULT_GOAL := help
.PHONY: help setup demo run test lint lock record clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## everything that the rest needs (packages, .venv, Asterisk 22); repeat it at will
	@scripts/setup

demo: setup ## the main job in a minute and a half: citizens call, operators answer  (ARGS=...)
	@.venv/bin/hotline demo $(ARGS)

run: setup ## the service in the foreground until Ctrl-C  (ARGS=...)
	@.venv/bin/hotline run $(ARGS)

test: setup ## every check and every test, on a real Asterisk  (T=tests/unit for a part, WORKERS=3 side by side)
	@scripts/lint
	@$(VENV_PYTHON) -m pytest -n $(WORKERS) --dist loadfile $(T)

lint: setup ## the checks that need nothing running
	@scripts/lint

lock: setup ## requirements.lock anew after pyproject.toml changed  (UPGRADE=1: newest versions)
	@UPGRADE=$(UPGRADE) scripts/lock

bench-%: setup ## one benchmark, for example bench-capacity; its last line is one JSON object
	@$(VENV_PYTHON) -m bench.$(subst -,_,$*) $(ARGS)

record: setup ## record real Asterisk traffic for the replay tests  (SCENARIO=name, else all)
	@$(VENV_PYTHON) tests/replay/record_ami.py --root $${HOTLINE_ASTERISK_ROOT:-var/asterisk-root} $(SCENARIO)

clean: ## remove what set-up and tools made; recordings and records in var/state stay
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	@rm -rf var/asterisk-root var/asterisk-setup var/stamps var/log
	@find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
