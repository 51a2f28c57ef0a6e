"""The data service: takes in events, users and locations, and says what is there.

`app` is the ASGI application (`uvicorn services.data_service:app`). It is built when it is asked for: the reader's
process imports this package too, and needs none of it.
"""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    """Give `app`."""
    if name == "app":
        return import_module("services.data_service.contents").app
    message = f"module {__name__} has no attribute {name}"
    raise AttributeError(message)
