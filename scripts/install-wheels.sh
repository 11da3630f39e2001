#!/bin/sh
# install-wheels.sh VENV : builds both wheels into dist/ and installs them in the environment.
# The Swift build is incremental: what has not changed is not compiled again.
set -eu
cd "$(dirname "$0")/.."
venv=$1

echo "building the core and the wheels into dist/ (the first time takes some minutes)"
mkdir -p .build
rm -rf .build/wheels
"$venv/bin/pip" wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
    --wheel-dir .build/wheels . ./python/gunicorn-names
rm -rf dist
mv .build/wheels dist
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-index \
    --force-reinstall dist/*.whl
touch "$venv/.installed"
