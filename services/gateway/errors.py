"""The problems with which the gateway refuses requests, or reports that a service does not answer."""

from common.problem import Forbidden, NotFound, PayloadTooLarge, Problem, Unauthenticated


class PathRefused(Problem):
    """The path could mean something else to the service than to the gateway's check."""

    status = 400
    type = "path-refused"
    title = "The path is ambiguous"


class AmbiguousRequest(Problem):
    """The headers could be read by a service in another way than by the gateway."""

    status = 400
    type = "ambiguous-request"
    title = "The request's headers are ambiguous"


class NoSuchPath(NotFound):
    """No service serves this path."""

    type = "no-such-path"
    title = "There is nothing at this path"


class MethodNotAllowed(Problem):
    """The gateway's own documents are read-only."""

    status = 405
    type = "method-not-allowed"
    title = "Method not allowed"


class ServiceUnreachable(Problem):
    """The service behind this path cannot be reached, or closed the connection before it answered."""

    status = 502
    type = "service-unreachable"
    title = "A service behind the gateway is down"

    def __init__(self, service: str) -> None:
        super().__init__(f"the {service} service does not answer; try again", headers={"Retry-After": "2"})


class ServiceTooSlow(Problem):
    """The service accepted the request, but did not begin to answer in time."""

    status = 504
    type = "service-too-slow"
    title = "A service behind the gateway took too long"

    def __init__(self, service: str) -> None:
        super().__init__(f"the {service} service did not begin to answer in time")


class UploadStalled(Problem):
    """The caller stopped sending in the middle of the body."""

    status = 408
    type = "upload-stalled"
    title = "The request's body did not arrive completely"


class BodyTooLarge(PayloadTooLarge):
    """The body is larger than this call accepts."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"this call accepts at most {max_bytes >> 20} MB")


class HeadersTooLarge(Problem):
    """The header lines are more, or longer, than any known client sends."""

    status = 431
    type = "headers-too-large"
    title = "The request's headers are too large"


class TargetTooLong(Problem):
    """The path and query are longer than any call needs."""

    status = 414
    type = "target-too-long"
    title = "The request's address is too long"


class TooManyRequests(Problem):
    """The account, key or address has used up its requests for now."""

    status = 429
    type = "too-many-requests"
    title = "Too many requests"


class OriginRefused(Forbidden):
    """A page of another origin opens a socket: browsers send it with cookies and without CORS checks."""

    type = "origin-refused"
    title = "Pages of this origin may not connect"


class SocketRefused(Forbidden):
    """The service refused to open this socket."""

    type = "socket-refused"
    title = "The socket was not opened"


class ApiKeyRefused(Unauthenticated):
    """The auth service does not know the key, or it was revoked or has expired."""

    type = "api-key-refused"
    title = "The API key does not hold"
