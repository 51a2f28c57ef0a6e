"""Connections to hosts that a tenant names: to the internet, never into the installation's own network.

`judge` checks a host or URL when it is saved, and `guard` checks it again at every connection. `http_client` is an HTTP
client that only connects to allowed hosts; `Guard.open_socket` is the same for other protocols. `ALLOW_PRIVATE_HOSTS`
lists the internal hosts that are allowed. Servers that the operator configures (`DEFAULT_SMTP_SERVER`, `OAUTH_ISSUER`,
…) are not checked here.
"""
