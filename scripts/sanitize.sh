#!/bin/sh
# sanitize.sh [KIND...] : the tests of what threads share and what handles memory by itself, under
# the thread sanitizer and then the address sanitizer. Each has a build of its own.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- thread address

# What a test leaves behind at the end of its process is no leak of the server's.
export ASAN_OPTIONS="detect_leaks=0:${ASAN_OPTIONS:-}"
for kind in "$@"; do
    echo "$kind"
    swift test --sanitize="$kind" --scratch-path ".build-$kind" \
        --filter 'EngineTests|HTTPTests|ServingTests'
done
