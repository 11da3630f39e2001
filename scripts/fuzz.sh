#!/bin/sh
# fuzz.sh [ENTRY...] : builds the fuzzers of fuzz/ and lets each run for FUZZ_SECONDS (30).
# Each is one module with the sources that it is about, so that libFuzzer sees every branch. What it
# finds on its way stays in .build-fuzz; an input that ends a fuzzer belongs into fuzz/corpus, and
# into a test.
set -eu
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-30}
mkdir -p .build-fuzz
[ $# -gt 0 ] || set -- RequestHead ChunkedBody ProxyProtocol Forwarded ResponseHead Control

for entry in "$@"; do
    storey=HTTP
    [ "$entry" != Control ] || storey=Control
    swiftc -O -whole-module-optimization -parse-as-library -swift-version 6 \
        -enable-upcoming-feature ExistentialAny \
        -module-name "$storey" -package-name swiftcorn \
        -sanitize=fuzzer,address -use-ld=lld -o ".build-fuzz/$entry" \
        "Sources/$storey"/*.swift "fuzz/${entry}Fuzzer.swift"
done
for entry in "$@"; do
    found=.build-fuzz/corpus/$entry
    mkdir -p "$found"
    echo "$entry: $seconds s"
    ".build-fuzz/$entry" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=1024 \
        -dict=fuzz/http.dict -artifact_prefix=".build-fuzz/$entry-" -print_final_stats=1 \
        "$found" "fuzz/corpus/$entry" 2>".build-fuzz/$entry.log" || {
        tail -n 40 ".build-fuzz/$entry.log"
        exit 1
    }
    grep -E '^stat::(number_of_executed_units|average_exec_per_sec)' ".build-fuzz/$entry.log"
done
