# Swiftcorn: build, try, test. `make help` lists the targets.
# PYTHON=/path/to/python picks the interpreter; the default is the first CPython >= 3.10 found.

SHELL := /bin/sh
VENV := .venv
ORACLE := .venv-oracle
APPLIANCE := .venv-appliance
BIND ?= 127.0.0.1:8000
CORE_SOURCES := Package.swift pyproject.toml \
	$(shell find Sources python/swiftcorn python/build_backend -type f \
		! -name '*.pyc' ! -name '_core.abi3.*' 2>/dev/null)
NAMES_SOURCES := $(shell find python/gunicorn-names -type f ! -name '*.pyc' 2>/dev/null)

# Another interpreter than the one that the environments were made with: they are made again.
ifdef PYTHON
ifneq ($(shell cat $(VENV)/.python 2>/dev/null),$(shell PYTHON='$(PYTHON)' scripts/find-python.sh))
$(shell rm -f $(VENV)/.ready)
endif
endif

.PHONY: help run test check build wheel lint tidy unit accept appliance
.PHONY: bench endure soak fuzz sanitize clean

help:
	@echo 'make run        build and serve examples/hello on $(BIND)'
	@echo 'make test       set up, lint, and run every quick test'
	@echo 'make build      the core and both wheels, installed in $(VENV)'
	@echo 'make wheel      the same wheels, and their names'
	@echo 'make lint       format and types;  make tidy: the house rules'
	@echo 'make unit       swift test;  make accept: the black-box tests'
	@echo 'make appliance  the image, systemd and pod checks (needs root)'
	@echo 'make bench      the benchmark report'
	@echo 'make soak       attacks of slow clients, a minute each'
	@echo 'make endure     the report on waiting, slow crowds, idle connections, gigabytes'
	@echo 'make fuzz       each fuzzer for FUZZ_SECONDS (30)'
	@echo 'make sanitize   the tests of threads and memory, under the sanitizers'
	@echo 'make clean      forget everything that was built'

run: build
	$(VENV)/bin/gunicorn --bind $(BIND) --chdir examples/hello hello:app

test: lint unit build $(ORACLE)/.ready
	scripts/debian.sh systemd valgrind libc6-dbg zsh fish prometheus chromium \
		nginx-light libnginx-mod-stream
	scripts/pytest.sh Tests/Tidy Tests/Acceptance Tests/Appliance benchmarks

check: test

build: $(VENV)/.installed

wheel: build
	@ls dist/*.whl

lint: $(VENV)/.ready
	scripts/debian.sh shellcheck
	scripts/lint.sh

tidy: $(VENV)/.ready
	scripts/pytest.sh Tests/Tidy

unit: $(VENV)/.ready
	scripts/unit.sh

accept: build $(ORACLE)/.ready
	scripts/debian.sh nginx-light prometheus chromium
	scripts/pytest.sh Tests/Acceptance

appliance: build $(APPLIANCE)/.ready
	scripts/appliance.sh

bench: build $(ORACLE)/.ready
	scripts/bench.sh

endure: build
	scripts/endure.sh

soak: build
	scripts/soak.sh

fuzz:
	scripts/fuzz.sh

sanitize:
	scripts/sanitize.sh

clean:
	rm -rf .build .build-thread .build-address dist python/swiftcorn/_core.abi3.so
	rm -rf $(VENV) $(ORACLE) $(APPLIANCE)

# The stamps: each says that its step was done after the files that it depends on.
$(VENV)/.ready: scripts/set-up.sh scripts/find-python.sh scripts/debian.sh \
	scripts/requirements.txt scripts/requirements-alone.txt
	scripts/set-up.sh $(VENV) scripts/requirements.txt

$(ORACLE)/.ready: $(VENV)/.ready scripts/requirements-oracle.txt
	scripts/set-up.sh $(ORACLE) scripts/requirements-oracle.txt

$(APPLIANCE)/.ready: $(VENV)/.ready scripts/requirements-appliance.txt
	scripts/set-up.sh $(APPLIANCE) scripts/requirements-appliance.txt

$(VENV)/.installed: $(VENV)/.ready $(CORE_SOURCES) $(NAMES_SOURCES)
	scripts/install-wheels.sh $(VENV)
