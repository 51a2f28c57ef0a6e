"""The gateway: one address for every service."""

from services.gateway.api.entry import Gateway

app = Gateway()
