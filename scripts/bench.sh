#!/bin/sh
# The benchmark report: what it needs from Debian, then benchmarks/report.md.
set -eu
cd "$(dirname "$0")/.."
scripts/debian.sh wrk nginx-light valgrind build-essential libev-dev python3-dev
exec .venv/bin/python benchmarks/run.py "$@"
