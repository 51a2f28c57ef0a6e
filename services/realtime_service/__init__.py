"""The realtime service: sockets, notifications, chat and files."""

from common.http.app import ServiceSpec, create_app

SPEC = ServiceSpec(name="realtime", title="realtime service", description="Sockets, notifications, chat and files.")

app = create_app(SPEC)
