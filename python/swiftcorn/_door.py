"""The console script: hands the command line to the core and its status to the caller."""

import sys

from swiftcorn import _names


def main(program: str = "swiftcorn") -> int:
    """Serve as `program`, and give the exit status; forked workers return here as well."""
    if program == "swiftcorn" and sys.argv[1:2] == ["image"] and len(sys.argv) > 2:
        # Another program in the same package: it builds, and needs nothing of the core.
        from swiftcorn.image._command import main as build

        return build(sys.argv[2:])
    _names.install()
    try:
        from swiftcorn import _core
    except ImportError as error:
        print(f"{program}: the core cannot be loaded: {error}. Remedy: {REMEDY}", file=sys.stderr)
        return 1
    return _core.main([program, *sys.argv[1:]])


REMEDY = "install the wheel, or run `pip install .` in a checkout."
