#!/bin/sh
# set-up.sh VENV REQUIREMENTS : what the machine lacks, then a virtual environment that holds the
# requirements, and its stamp.
set -eu
cd "$(dirname "$0")/.."
venv=$1
requirements=$2

scripts/debian.sh python3-dev python3-venv pkg-config binutils libc6-dev libstdc++-12-dev

if ! command -v swift >/dev/null; then
    echo "swiftcorn: the Swift toolchain is missing:" \
        "install Swift 6.3 from swift.org/install and put its usr/bin on PATH." >&2
    exit 1
fi

python=$(scripts/find-python.sh)
echo "$venv: $("$python" --version), from $python"
"$python" -m venv --clear "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
alone=${requirements%.txt}-alone.txt
if [ -f "$alone" ]; then
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$alone"
fi
echo "$python" >"$venv/.python"
touch "$venv/.ready"
