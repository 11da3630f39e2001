#!/bin/sh
# The tests of the storeys, in debug: with every check that the release leaves out.
set -eu
cd "$(dirname "$0")/.."
exec swift test
