# Thin front door; every target does its own set-up. What each does: README.md.
.PHONY: setup demo run test check services services-stop bench torture
VENV := .venv/bin

setup:
	@bash scripts/setup.sh

demo: setup
	@$(VENV)/dms demo

run: setup
	@$(VENV)/dms serve

check: setup
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/pytest -q tests/architecture

test: setup
	@bash scripts/with-services.sh $(VENV)/pytest -q -n 3 --dist loadfile --no-loadscope-reorder -m "not benchmark and not torture"

services: setup
	@bash scripts/services.sh start

services-stop:
	@bash scripts/services.sh stop

BENCH := tests/benchmarks

bench: setup
	@bash scripts/with-services.sh $(VENV)/pytest -q -s -m benchmark $(BENCH)

torture: setup
	@bash scripts/with-services.sh $(VENV)/pytest -q -s -m torture tests
