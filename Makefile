# make demo    watch a release go out, one turned back, one rolled back by hand
# make check   everything that has to be green
# make synth   the template of the environment in cdk.json, into cdk.out
# make layer   the libraries of the functions, before `npx aws-cdk deploy`
# make soak    every scenario under 50 seeds, in about an hour; SEEDS=1..5 for less
# make bench   what a deployment costs in transitions, calls, time and memory
# make lock    pin the newest versions that pyproject.toml allows
# Each installs what it needs into .venv first, once per requirements.lock.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: demo check soak synth layer bench lock clean tools

BIN := .venv/bin
READY := .venv/.ready
LAYER := build/layer.ready

# The first Python that is new enough; a shim without a Python behind it fails the question.
PYTHON = $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$each && break; done)

define need
@$(1) >/dev/null 2>&1 || { echo '$(2)' >&2; exit 1; }
endef

demo: $(READY)
	@$(BIN)/python -m rehearsal.demo $(if $(SPEED),--speed $(SPEED))

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 tests/unit \
		--cov --cov-report=term-missing:skip-covered --cov-fail-under=100
	$(BIN)/python -m pytest -n 2 --ignore=tests/unit

soak: $(READY)
	@$(BIN)/python -m rehearsal tests/rehearsal/scenarios --seeds $(or $(SEEDS),1..50) --jobs 2

# The context of cdk.json reaches the app as the CDK's own tool passes it.
synth: $(READY)
	@CDK_OUTDIR=cdk.out CDK_CONTEXT_JSON="$$($(BIN)/python -c \
	'import json; print(json.dumps(json.load(open("cdk.json"))["context"]))')" $(BIN)/python app.py
	@ls cdk.out/*.template.json

layer: $(LAYER)

$(LAYER): requirements.lock pyproject.toml | $(READY)
	@rm -rf build/layer
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --target build/layer/python --group runtime \
		--constraint requirements.lock --require-hashes --only-binary :all: \
		--python-platform aarch64-manylinux2014 --python-version 3.14
	@touch $@
	@du -sh build/layer

bench: $(READY)
	@$(BIN)/python -m rehearsal.bench

lock: $(READY)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--group dev --no-emit-index-url --upgrade pyproject.toml \
		--custom-compile-command 'make lock' -o requirements.lock

clean:
	rm -rf .venv build cdk.out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# The CDK runs on Node.js: asked for each time, since .venv may outlive it.
tools:
	$(call need,node -e "process.exit(+(parseInt(process.versions.node) < 20))",Node.js 20 or newer is missing: sudo apt install nodejs npm; an older Debian or Ubuntu has it from nodesource.com only)
	$(call need,npm --version,npm is missing: sudo apt install npm)

$(READY): requirements.lock .ci/uv.txt | tools
	$(call need,test -n "$(PYTHON)",Python 3.11 or newer is missing: sudo apt install python3 python3-venv)
	$(call need,$(PYTHON) -c "import ensurepip",Python has no venv: sudo apt install python3-venv)
	@echo 'Installing into .venv, once: about a minute.'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r .ci/uv.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@touch $@
