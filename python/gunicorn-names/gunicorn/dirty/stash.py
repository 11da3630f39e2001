"""The shared stash: names that are still to come."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "StashError",
    "StashTableNotFoundError",
    "StashKeyNotFoundError",
    "StashClient",
    "StashTable",
    "set_stash_socket_path",
    "get_stash_socket_path",
    "put",
    "get",
    "delete",
    "keys",
    "clear",
    "info",
    "ensure",
    "exists",
    "delete_table",
    "tables",
    "table",
)
