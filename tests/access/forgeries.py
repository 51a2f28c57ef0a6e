"""Every way to be wrong that an access token has been known to get through somewhere."""

import json
import math
import time
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.access.forger import Forger, part

Forge = Callable[[Forger], str]
_PEM, _DER, _RAW = Encoding.PEM, Encoding.DER, Encoding.Raw
_SPKI, _PLAIN = PublicFormat.SubjectPublicKeyInfo, PublicFormat.Raw
# Where a verifier that follows addresses would call; a test listens there.
_NESTED: Final = '{"a":' + "[" * 2000
NOWHERE: Final = "http://127.0.0.1:9/keys.json"


def _ago(seconds: float) -> float:
    return time.time() - seconds


def _stripped(good: str) -> list[str]:
    return good.split(".")


def _place_of_key(forger: Forger, name: str) -> Any:
    return {
        "jwk": forger.stranger_jwk,
        "jwks": {"keys": [forger.stranger_jwk]},
        "x5c": [part(forger.stranger_key.as_pem(private=False))],
        "x5t": forger.stranger_kid,
    }.get(name, NOWHERE)


def _in_the_clear(forger: Forger) -> str:
    header, claims = part(forger.header | {"b64": False, "crit": ["b64"]}), json.dumps(forger.claims())
    return f"{header}.{claims}.{forger.signed_text(f'{header}.{claims}')}"


def _as_json(forger: Forger) -> str:
    protected, payload, signature = forger.good.split(".")
    return json.dumps({"protected": protected, "payload": payload, "signature": signature})


def _twin(character: str) -> str:
    """The next of the sixteen characters whose first two bits are the same: 64 bytes end within them."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(character) ^ 1]


_WITHOUT_SIGNATURE: dict[str, Forge] = {
    **{f"alg {name}": lambda f, name=name: f.unsigned(name) for name in ("none", "None", "NONE", "nOnE", "")},
    "alg none, a good token's signature": lambda f: f.unsigned("none", f.good.split(".")[2]),
    "alg none, signed": lambda f: f.headed(alg="none"),
    "signature left out": lambda f: ".".join(_stripped(f.good)[:2]) + ".",
    "signature and its dot left out": lambda f: ".".join(_stripped(f.good)[:2]),
    "signature cut off": lambda f: f.good[:-20],
    "signature of another token": lambda f: ".".join([*_stripped(f.but())[:2], _stripped(f.good)[2]]),
    "signature of zeros": lambda f: ".".join([*_stripped(f.good)[:2], part(bytes(64))]),
    "claims of another account under a good signature": lambda f: ".".join(
        [_stripped(f.good)[0], part(f.claims(f.ended)), _stripped(f.good)[2]]
    ),
}
_OTHER_ALGORITHM: dict[str, Forge] = {
    "HS256 with the public key as PEM": lambda f: f.by_secret(f.public(_PEM, _SPKI)),
    "HS256 with the public key as PEM, trimmed": lambda f: f.by_secret(f.public(_PEM, _SPKI).strip()),
    "HS256 with the public key as DER": lambda f: f.by_secret(f.public(_DER, _SPKI)),
    "HS256 with the public key's bytes": lambda f: f.by_secret(f.public(_RAW, _PLAIN)),
    "HS256 with the public key as JWK": lambda f: f.by_secret(json.dumps(f.jwk).encode()),
    "HS256 with the public key's x": lambda f: f.by_secret(str(f.jwk["x"]).encode()),
    "HS256 with an empty secret": lambda f: f.by_secret(b""),
    "HS256 with an empty secret and a kid that names an empty file": lambda f: f.by_secret(b"", kid="../../dev/null"),
    "HS384 with the public key": lambda f: f.by_secret(f.public(_PEM, _SPKI), "HS384"),
    "HS512 with the public key": lambda f: f.by_secret(f.public(_PEM, _SPKI), "HS512"),
    **{
        f"our signature called {name}": lambda f, name=name: f.headed(alg=name)
        for name in ("RS256", "ES256", "PS256", "Ed25519", "eddsa", "dir", "RSA-OAEP", " EdDSA")
    },
    "alg null": lambda f: f.headed(alg=None),
    "alg a list": lambda f: f.headed(alg=["EdDSA"]),
    "alg twice, once none": lambda f: f.signed(f.claims(), json.dumps(f.header)[:-1] + ', "alg": "none"}'),
}
_KEY_OF_THEIR_OWN: dict[str, Forge] = {
    "a stranger's key under our kid": lambda f: f.signed(f.claims(), stranger=True),
    "a stranger's key under its own kid": lambda f: f.signed(
        f.claims(), f.header | {"kid": f.stranger_kid}, stranger=True
    ),
    **{
        f"a stranger's key in {name}": lambda f, name=name: f.signed(
            f.claims(),
            f.header | {name: _place_of_key(f, name)},
            stranger=True,
        )
        for name in ("jwk", "jku", "x5u", "x5c", "x5t", "jwks")
    },
    "a stranger's key in jwk under its own kid": lambda f: f.signed(
        f.claims(), f.header | {"kid": f.stranger_kid, "jwk": f.stranger_jwk}, stranger=True
    ),
    "a stranger's key in jku under its own kid": lambda f: f.signed(
        f.claims(), f.header | {"kid": f.stranger_kid, "jku": NOWHERE}, stranger=True
    ),
    "our own key in jwk": lambda f: f.headed(jwk=f.jwk),
}
_KIDS: dict[str, Any] = {
    "a path": "../../../../etc/passwd",
    "an empty file's path": "/dev/null",
    "SQL": "' or 1=1 --",
    "SQL that adds a key": "x' union select 'k'; --",
    "a command": "$(id)",
    "an address": NOWHERE,
    "null": None,
    "a number": 1,
    "a list": ["kid"],
    "an object": {"kid": "kid"},
    "empty": "",
    "very long": "k" * 2500,
    "with NUL": "kid\x00",
    "not ASCII": "ключ",
}
_KID: dict[str, Forge] = {
    **{f"kid {what}": lambda f, kid=kid: f.headed(kid=kid) for what, kid in _KIDS.items()},
    "kid in capitals": lambda f: f.headed(kid=f.kid.swapcase()),
    "kid with a path before it": lambda f: f.headed(kid=f"./{f.kid}"),
    "no kid": lambda f: f.signed(f.claims(), {"alg": "EdDSA", "typ": f.header["typ"]}),
}
_HEADER: dict[str, Forge] = {
    "crit that nobody knows": lambda f: f.headed(crit=["exp2"], exp2=1),
    "crit empty": lambda f: f.headed(crit=[]),
    "crit of exp": lambda f: f.headed(crit=["exp"]),
    "b64 false": lambda f: f.headed(b64=False, crit=["b64"]),
    "b64 false, the claims in the clear": _in_the_clear,
    "zip": lambda f: f.headed(zip="DEF"),
    "cty JWT, a token within a token": lambda f: f.signed(f.good, f.header | {"cty": "JWT"}),
    "a token within a token": lambda f: f.signed(f.good),
    "typ JWT": lambda f: f.headed(typ="JWT"),
    "typ of an ID token": lambda f: f.headed(typ="id_token+jwt"),
    "typ in capitals": lambda f: f.headed(typ="AT+JWT"),
    "typ with its media type": lambda f: f.headed(typ="application/at+jwt"),
    "typ null": lambda f: f.headed(typ=None),
    "no typ": lambda f: f.signed(f.claims(), {"alg": "EdDSA", "kid": f.kid}),
    "a header that is a list": lambda f: f"{part([f.header])}.{f.good.split('.', 1)[1]}",
    "a header that is null": lambda f: f"{part('null')}.{f.good.split('.', 1)[1]}",
    "a header of brackets": lambda f: f"{part(_NESTED)}.{f.good.split('.', 1)[1]}",
    "a header that is not JSON": lambda f: f"{part('{alg: EdDSA}')}.{f.good.split('.', 1)[1]}",
    "a header that is not UTF-8": lambda f: f"{part(bytes([0xFF, 0xFE]))}.{f.good.split('.', 1)[1]}",
}
_CLAIMS: dict[str, Forge] = {
    "another audience": lambda f: f.but(aud="somebody-else"),
    "several audiences": lambda f: f.but(aud=["branchwise", "somebody-else"]),
    "no audience": lambda f: f.but(aud=None),
    "another issuer": lambda f: f.but(iss="https://accounts.google.com"),
    "our issuer with a slash": lambda f: f.but(iss="branchwise/"),
    "no issuer": lambda f: f.but(iss=None),
    "an ID token": lambda f: f.signed(f.claims() | {"aud": "client", "nonce": "n"}, f.header | {"typ": "JWT"}),
    "no end": lambda f: f.but(exp=None),
    **{
        f"an end that is {what}": lambda f, value=value: f.but(exp=value)
        for what, value in {
            "a text": str(int(time.time()) + 3600),
            "infinite": math.inf,
            "no number": math.nan,
            "true": True,
            "a list": [9999999999],
            "negative": -1,
            "long past": 1,
            "too large for a float": 10**400,
        }.items()
    },
    "an end a second ago": lambda f: f.but(exp=_ago(1)),
    "not before tomorrow": lambda f: f.but(nbf=_ago(-86_400)),
    "not before that is no number": lambda f: f.but(nbf="soon"),
    "issued tomorrow": lambda f: f.but(iat=_ago(-86_400)),
    "issued at no number": lambda f: f.but(iat=math.nan),
    "not issued": lambda f: f.but(iat=None),
    "no account": lambda f: f.but(sub=None),
    "an account that is no UUID": lambda f: f.but(sub="admin"),
    "an account that is a list": lambda f: f.but(sub=[f.claims()["sub"]]),
    "an account that is not there": lambda f: f.but(sub=str(uuid4())),
    "another account with the own session": lambda f: f.but(sub=str(f.ended.account_id)),
    "no session": lambda f: f.but(sid=None),
    "a session that is no UUID": lambda f: f.but(sid="1"),
    "a session that is not there": lambda f: f.but(sid=str(uuid4())),
    "another account's session": lambda f: f.but(sid=str(f.ended.session_id)),
    "a session that has ended": lambda f: f.signed(f.claims(f.ended)),
    "claims that are a list": lambda f: f.signed(json.dumps([f.claims()])),
    "claims that are null": lambda f: f.signed("null"),
    "claims that are not JSON": lambda f: f.signed("{}}"),
}
_TEXT: dict[str, Forge] = {
    "padded": lambda f: f.good + "==",
    "each part padded": lambda f: ".".join(one + "=" * (-len(one) % 4) for one in f.but().split(".")) + "=",
    "another last character that decodes to the same": lambda f: f.good[:-1] + _twin(f.good[-1]),
    "a blank within": lambda f: f.good.replace(".", ". ", 1),
    "two dots": lambda f: f.good.replace(".", "..", 1),
    "a dot before": lambda f: "." + f.good,
    "a dot after": lambda f: f.good + ".",
    "twice, with a comma": lambda f: f"{f.good},{f.good}",
    "twice, with a blank": lambda f: f"{f.good} {f.good}",
    "standard base64": lambda f: f.good.replace("-", "+").replace("_", "/") + "+",
    "in quotes": lambda f: f'"{f.good}"',
    "URL-encoded": lambda f: f.good.replace(".", "%2e"),
    "in capitals": lambda f: f.good.upper(),
    "not ASCII": lambda f: f.good + "\xc3\xa9",
    "as JSON": _as_json,
    "in the shape of an encrypted one": lambda _: (
        f"{part({'alg': 'dir', 'enc': 'A256GCM'})}..{part(b'iv')}.{part(b'x')}.{part(b't')}"
    ),
    "five kilobytes": lambda f: f.but(pad="x" * 4000),
    "dots only": lambda _: "..",
    "a word": lambda _: "null",
}

FORGERIES: Final[dict[str, Forge]] = {
    **_WITHOUT_SIGNATURE,
    **_OTHER_ALGORITHM,
    **_KEY_OF_THEIR_OWN,
    **_KID,
    **_HEADER,
    **_CLAIMS,
    **_TEXT,
}
# What differs from the auth service's own tokens and holds all the same: what is refused above is so for its fault.
GOOD: Final[dict[str, Forge]] = {
    "as it was issued": lambda f: f.good,
    "signed anew": lambda f: f.but(),
    "one audience in a list": lambda f: f.but(aud=["branchwise"]),
    "a claim more": lambda f: f.but(more=1),
    "valid since a minute ago": lambda f: f.but(nbf=_ago(60)),
    "an end within a second": lambda f: f.but(exp=_ago(-20) + 0.5),
}
