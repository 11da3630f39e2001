#!/bin/sh
# pytest.sh FOLDER... : the Python tests of each folder that is there, against our wheels and,
# where they compare, the oracle. PYTEST_ADDOPTS adds options.
set -eu
cd "$(dirname "$0")/.."
here=$PWD

export SWIFTCORN_COMMAND="${SWIFTCORN_COMMAND:-$here/.venv/bin/swiftcorn}"
export GUNICORN_COMMAND="${GUNICORN_COMMAND:-$here/.venv-oracle/bin/gunicorn}"

for folder in "$@"; do
    [ -d "$folder" ] || continue
    echo "$folder"
    (cd "$folder" && "$here/.venv/bin/python" -m pytest --quiet -p no:cacheprovider .)
done
