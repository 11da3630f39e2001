"""A request: names that come with the compatibility work."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "PP_V2_SIGNATURE",
    "PPCommand",
    "PPFamily",
    "PPProtocol",
    "MAX_REQUEST_LINE",
    "MAX_HEADERS",
    "DEFAULT_MAX_HEADERFIELD_SIZE",
    "RFC9110_5_6_2_TOKEN_SPECIALS",
    "TOKEN_RE",
    "METHOD_BADCHAR_RE",
    "VERSION_RE",
    "RFC9110_5_5_INVALID_AND_DANGEROUS",
    "RFC9112_TARGET_INVALID",
    "RFC9110_6_5_1_FORBIDDEN_TRAILER",
    "RFC9110_5_3_SINGLETON_FIELDS",
    "HeaderPolicy",
    "Message",
    "Request",
)
