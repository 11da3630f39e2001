#!/bin/sh
# bench.sh [OPTION...] : what the benchmark needs from Debian and from the package index, then
# benchmarks/report.md. Options are those of benchmarks/run.py.
set -eu
cd "$(dirname "$0")/.."

# libev and a compiler are what bjoern and uWSGI are built with; nginx is one of the yardsticks.
scripts/debian.sh wrk nginx-light valgrind libc6-dbg build-essential libev-dev
.venv/bin/python benchmarks/install.py --python "$(scripts/find-python.sh)"
swift build --configuration release -Xswiftc -static-stdlib --product swiftcorn-limit
exec .venv/bin/python benchmarks/run.py "$@"
