"""Connections to places that a tenant names: to the internet, never into the installation's own network.

`judge` refuses a place when it is saved, `guard` again at every connection; `http_client` is the HTTP client that
cannot be led inside, and `Guard.open_socket` the same for what is not HTTP. What may be reached inside stands in
`ALLOW_PRIVATE_HOSTS`. Nothing here is for the operator's own servers (`DEFAULT_SMTP_SERVER`, `OAUTH_ISSUER`, …).
"""
