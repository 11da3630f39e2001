"""What a bad request raises: names that come with the compatibility work."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "ParseException",
    "NoMoreData",
    "ConfigurationProblem",
    "InvalidRequestLine",
    "InvalidRequestMethod",
    "ExpectationFailed",
    "InvalidHTTPVersion",
    "InvalidHeader",
    "ObsoleteFolding",
    "InvalidHeaderName",
    "InvalidResponseHeader",
    "InvalidResponseHeaderName",
    "UnsupportedTransferCoding",
    "InvalidChunkSize",
    "ChunkMissingTerminator",
    "InvalidChunkExtension",
    "LimitRequestLine",
    "LimitRequestHeaders",
    "InvalidProxyLine",
    "InvalidProxyHeader",
    "ForbiddenProxyRequest",
    "InvalidSchemeHeaders",
    "InvalidH2CPreface",
)
