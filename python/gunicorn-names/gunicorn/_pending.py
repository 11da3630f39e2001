"""Names that Gunicorn has and Swiftcorn does not have yet: whoever uses one is told so."""

from collections.abc import Callable
from typing import NoReturn


def pending(module: str, *names: str) -> Callable[[str], NoReturn]:
    """Make the `__getattr__` of a `module` whose `names` are still to come.

    An `ImportError`, so that it ends `from gunicorn.glogging import Logger` with the sentence
    itself; a name that Gunicorn does not have either stays an `AttributeError`. With no `names`
    all public ones are to come.
    """

    def absent(name: str) -> NoReturn:
        if name in names or not (names or name.startswith("_")):
            raise ImportError(
                f"{module}.{name} is not in this version of Swiftcorn: it is still to come.",
                name=module,
            )
        raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name)

    return absent
