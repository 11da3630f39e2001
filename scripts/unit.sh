#!/bin/sh
# The tests of the storeys, in debug: with every check that the release leaves out.
#
# Those that hand connections from one server to another run by themselves: they depend on two
# threads of theirs getting their turns within milliseconds of each other.
set -eu
cd "$(dirname "$0")/.."
swift test --skip HandOverTests
exec swift test --skip-build --filter HandOverTests
