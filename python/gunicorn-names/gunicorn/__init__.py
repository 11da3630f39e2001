"""The names of Gunicorn 27, served by Swiftcorn."""

version_info = (27, 0, 1)
__version__ = ".".join(str(number) for number in version_info)
SERVER = "gunicorn"
SERVER_SOFTWARE = f"{SERVER}/{__version__}"
