from specimen import app, application, saying  # noqa: F401
