from os.path import abspath as preload, dirname as worker  # noqa: F401
from string import digits as bind_address, hexdigits as time_out  # noqa: F401

workers = 2
