#!/bin/sh
# soak.sh : the attacks that take long, SOAK_SECONDS each (60 by default).
set -eu
cd "$(dirname "$0")/.."
exec scripts/pytest.sh Tests/Soak
