"""The `gunicorn` command, also as `python -m gunicorn`."""

import sys

from swiftcorn import _door


def main() -> int:
    return _door.main("gunicorn")


if __name__ == "__main__":
    sys.exit(main())
