#!/bin/sh
# pytest.sh FOLDER... : the Python tests of each folder that is there, against our wheels and,
# where they compare, the oracle. The black-box tests mostly wait, so several run at a time.
# PYTEST_ADDOPTS adds options.
set -eu
cd "$(dirname "$0")/.."
here=$PWD

export SWIFTCORN_COMMAND="${SWIFTCORN_COMMAND:-$here/.venv/bin/swiftcorn}"
export GUNICORN_COMMAND="${GUNICORN_COMMAND:-$here/.venv-oracle/bin/gunicorn}"

failed=0
for folder in "$@"; do
    [ -d "$folder" ] || continue
    echo "$folder"
    case $folder in
        Tests/Acceptance) at_once=${PYTEST_PROCESSES:-4} ;;
        *) at_once=0 ;;
    esac
    (cd "$folder" && "$here/.venv/bin/python" -m pytest --quiet -p no:cacheprovider \
        --numprocesses="$at_once" .) || failed=1
done
exit "$failed"
