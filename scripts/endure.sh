#!/bin/sh
# endure.sh [OPTION...] : what the endurance scenarios need, then benchmarks/endurance.md. Options
# are those of benchmarks/endure.py.
set -eu
cd "$(dirname "$0")/.."

scripts/debian.sh wrk nginx-light build-essential libev-dev curl
.venv/bin/python benchmarks/install.py --python "$(scripts/find-python.sh)"
exec .venv/bin/python benchmarks/endure.py "$@"
