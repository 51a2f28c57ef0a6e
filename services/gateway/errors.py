"""What the gateway refuses, and what it says when a service does not answer."""

from common.problem import NotFound, Problem


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
