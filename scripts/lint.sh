#!/bin/sh
# Format and types: silent when all is well.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin

swift format lint --strict --recursive --parallel --configuration .swift-format \
    Package.swift Sources Tests benchmarks

python="python examples Tests/Appliance"
# shellcheck disable=SC2086
"$bin/ruff" format --quiet --check $python
# shellcheck disable=SC2086
"$bin/ruff" check --quiet $python
"$bin/mypy" --no-error-summary python/swiftcorn python/build_backend
MYPYPATH=python "$bin/mypy" --no-error-summary python/gunicorn-names/gunicorn

scripts/debian.sh shellcheck
shellcheck scripts/*.sh .ci/run
