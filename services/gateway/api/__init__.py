"""The gateway's own answers, and forwarding of requests and sockets to the services."""
