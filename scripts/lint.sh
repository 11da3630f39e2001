#!/bin/sh
# Format and types: silent when all is well.
set -eu
cd "$(dirname "$0")/.."
bin=$PWD/.venv/bin

swift format lint --strict --recursive --parallel --configuration .swift-format \
    Package.swift Sources Tests benchmarks fuzz

ours="python examples Tests/Appliance"
# shellcheck disable=SC2086
"$bin/ruff" format --quiet --check $ours
# shellcheck disable=SC2086
"$bin/ruff" check --quiet $ours
export MYPYPATH="$PWD/python:$PWD/python/gunicorn-names"
"$bin/mypy" --no-error-summary python/swiftcorn python/build_backend
"$bin/mypy" --no-error-summary python/gunicorn-names/gunicorn
"$bin/mypy" --no-error-summary Tests/Acceptance/36-names/typed_program.py
"$bin/mypy" --no-error-summary Tests/Acceptance/75-shared/typed_calls.py
(cd Tests/Appliance && "$bin/mypy" --strict --no-error-summary .)

shellcheck scripts/*.sh .ci/run
