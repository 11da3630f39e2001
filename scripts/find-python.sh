#!/bin/sh
# Prints the path of a CPython that can build and run Swiftcorn: $PYTHON if set, else the first
# that works. Each candidate is run, because a name on PATH may be a shim with nothing behind it.
set -eu

probe='
import sys
try:
    import ensurepip, sysconfig, venv
except ImportError:
    sys.exit(1)
right = sys.implementation.name == "cpython" and sys.version_info >= (3, 10)
if not right or sys.platform != "linux" or sysconfig.get_config_var("Py_GIL_DISABLED"):
    sys.exit(1)
print(sys.executable)
'

names="python3 python3.13 python3.12 python3.11 python3.10 python3.14 /usr/bin/python3"
for candidate in ${PYTHON:-$names}; do
    if found=$("$candidate" -c "$probe" 2>/dev/null); then
        echo "$found"
        exit 0
    fi
done

if [ -n "${PYTHON:-}" ]; then
    echo "swiftcorn: PYTHON=$PYTHON is not a CPython >= 3.10 with venv: name one that is." >&2
else
    echo "swiftcorn: no CPython >= 3.10 with venv was found: install one" \
        "(apt-get install python3 python3-venv) or name it with PYTHON=." >&2
fi
exit 1
