# What a newcomer, a developer and CI call. All of it works in .venv, which tools/environment makes.
#
#   make demo ARGS=--no-wait        ARGS go to the command behind the target
#   make test PYTHON=python3.12     another Python than the first that will do

ARGS ?=
export PYTHON

# A stranger's settings must not lead pip or Python out of the environment.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PIP_TARGET PIP_PREFIX PIP_ROOT
export PIP_USER := 0
export PIP_NO_INPUT := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Two runs at once share one environment: the second waits for the first to make it. The lock is
# held on this very file, so nothing is left behind.
ENVIRONMENT := $(if $(shell command -v flock 2>/dev/null),flock Makefile )sh tools/environment
BIN := .venv/bin

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-long torture races fuzz lint format bench lock clean run-environment dev-environment

help: ## Say what there is to make
	@echo "make demo      the whole journey on this machine, from an article to an inbox"
	@echo "make test      lint, types and all tests"
	@echo "make test-long the tests that take their time: benchmarks, lost hosts, thousands of hostile rows"
	@echo "make torture   kill senders 1,000 times, and count what was lost and what came twice"
	@echo "make races     10,000 readers leave while they are written to: nobody is, once they were told so"
	@echo "make fuzz      throw broken feeds and pages at the collector for an hour, and see what breaks"
	@echo "make lint      ruff and mypy alone"
	@echo "make format    put the code into its form"
	@echo "make bench     measure"
	@echo "make lock      choose the versions of all packages anew"
	@echo "make clean     remove what make has made"
	@echo
	@echo "ARGS='…' are passed on, as in: make demo ARGS=--no-wait"

demo: run-environment
	@$(BIN)/newsletter demo $(ARGS)

test: lint
	@$(BIN)/python -m pytest -q -n 3 --dist worksteal -m "not long" $(ARGS)

test-long: dev-environment
	@$(BIN)/python -m pytest -q -n 3 --dist worksteal -m long $(ARGS)

torture: dev-environment
	@$(BIN)/python -m tests.torture $(ARGS)
	@[ -n "$(ARGS)" ] || $(BIN)/python tests/torture/hosts.py

races: dev-environment
	@$(BIN)/python -m tests.torture --races $(ARGS)

fuzz: dev-environment
	@$(BIN)/python -m tests.fuzz --seconds 3600 $(ARGS)

lint: dev-environment
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Not in its form: run 'make format'." >&2; $(BIN)/ruff format --check . ; exit 1; }
	@$(BIN)/mypy --no-error-summary

format: dev-environment
	@$(BIN)/ruff check --quiet --fix --exit-zero --select I .
	@$(BIN)/ruff format .

bench: dev-environment
	@if [ -f benchmarks/run ]; then \
	    $(BIN)/python benchmarks/run $(ARGS); \
	else \
	    for script in benchmarks/*.py; do \
	        [ -f "$$script" ] || continue; \
	        echo "== $$script"; $(BIN)/python "$$script" $(ARGS) || exit 1; \
	    done; \
	fi

# The lock files hold for every platform and every Python from 3.11 on, with hashes. Versions that
# still fit pyproject.toml are kept; `make lock ARGS=--upgrade` takes the newest instead. uv comes
# from PyPI into a folder of its own, which is removed afterwards; like pip on Debian it trusts the
# machine's certificates (the second name is the one that older uv knows).
lock: export UV_SYSTEM_CERTS := 1
lock: export UV_NATIVE_TLS := 1
COMPILE = "$$uv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header $(ARGS)
lock: run-environment
	@set -e; uv=$$(mktemp -d); trap 'rm -rf "$$uv"' EXIT; \
	echo "Fetching uv …"; \
	$(BIN)/python -m venv "$$uv"; "$$uv/bin/pip" install --quiet uv; \
	echo "Choosing versions …"; \
	$(COMPILE) --extra postgres --extra build pyproject.toml -o requirements.lock; \
	$(COMPILE) --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock; \
	echo "requirements.lock and requirements-dev.lock are written."

clean:
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

run-environment:
	@$(ENVIRONMENT) run

dev-environment:
	@$(ENVIRONMENT) dev
