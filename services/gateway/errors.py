"""What the gateway refuses, and what it says when a service does not answer."""

from common.problem import Forbidden, NotFound, PayloadTooLarge, Problem, Unauthenticated


class PathRefused(Problem):
    """The path could mean something else to the service than to the gateway's check."""

    status = 400
    type = "path-refused"
    title = "The path is not in plain form"


class AmbiguousRequest(Problem):
    """Headers that a service might read in another way than the gateway."""

    status = 400
    type = "ambiguous-request"
    title = "The request's headers contradict one another"


class NoSuchPath(NotFound):
    """No service has this path."""

    type = "no-such-path"
    title = "Nothing is served here"


class MethodNotAllowed(Problem):
    """The gateway's own documents can only be read."""

    status = 405
    type = "method-not-allowed"
    title = "Method not allowed"


class ServiceUnreachable(Problem):
    """The service behind this path cannot be reached, or broke off."""

    status = 502
    type = "service-unreachable"
    title = "A service behind the gateway is down"

    def __init__(self, service: str) -> None:
        super().__init__(f"the {service} service does not answer; try again", headers={"Retry-After": "2"})


class ServiceTooSlow(Problem):
    """The service took the request and did not begin to answer in time."""

    status = 504
    type = "service-too-slow"
    title = "A service behind the gateway took too long"

    def __init__(self, service: str) -> None:
        super().__init__(f"the {service} service did not begin to answer in time")


class UploadStalled(Problem):
    """The caller stopped sending in the middle of the body."""

    status = 408
    type = "upload-stalled"
    title = "The request's body stopped coming"


class BodyTooLarge(PayloadTooLarge):
    """More than this call takes."""

    def __init__(self, most: int) -> None:
        super().__init__(f"this call takes at most {most >> 20} MB")


class HeadersTooLarge(Problem):
    """More header lines, or longer ones, than any client of ours sends."""

    status = 431
    type = "headers-too-large"
    title = "The request's headers are too large"


class TargetTooLong(Problem):
    """The path and query are longer than any call needs."""

    status = 414
    type = "target-too-long"
    title = "The request's address is too long"


class TooManyRequests(Problem):
    """The account, key or address has used up what it may ask for the moment."""

    status = 429
    type = "too-many-requests"
    title = "Too many requests"


class OriginRefused(Forbidden):
    """A page of another origin opens a socket: it would come with the browser's cookies and without CORS."""

    type = "origin-refused"
    title = "Pages of this origin may not connect"


class SocketRefused(Forbidden):
    """The service does not open this socket."""

    type = "socket-refused"
    title = "The socket was not opened"


class ApiKeyRefused(Unauthenticated):
    """The auth service does not know the key, or it was revoked or is past its time."""

    type = "api-key-refused"
    title = "The API key does not hold"
