"""Mail servers with TLS and a sign-in, under certificates of an authority that is made for the test."""

import ssl
from pathlib import Path
from typing import Any, Literal

import trustme
from aiosmtpd.smtp import AuthResult, LoginPassword

from common.testing.smtp import SmtpSink

# As on ports 587 and 465.
Way = Literal["starttls", "from the start"]
USERNAME, PASSWORD = "reports", "a long one"


class Authority:
    """Signs servers' certificates. Its own is in `file`: who trusts it names that in SSL_CERT_FILE."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.file))

    def context_for(self, host: str) -> ssl.SSLContext:
        """The server's side of TLS, with a certificate for a name or an address."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(host).configure_cert(context)
        return context


class TlsSmtpSink(SmtpSink):
    """Takes mail only inside TLS and only from who signed in as USERNAME with PASSWORD; `tries` counts sign-ins."""

    def __init__(self, context: ssl.SSLContext, way: Way) -> None:
        self.tries = 0
        inside: dict[str, Any] = {"tls_context": context, "require_starttls": True}
        if way == "from the start":
            # aiosmtpd counts as TLS only what STARTTLS began; here nothing comes before TLS.
            inside = {"ssl_context": context, "auth_require_tls": False}
        super().__init__(authenticator=self._judge, auth_required=True, **inside)

    def _judge(self, _server: object, _session: object, _envelope: object, _mechanism: str, given: Any) -> AuthResult:
        self.tries += 1
        known = isinstance(given, LoginPassword) and (given.login, given.password) == (
            USERNAME.encode(),
            PASSWORD.encode(),
        )
        return AuthResult(success=known, handled=False)
