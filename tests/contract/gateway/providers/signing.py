"""The other side of each signature: what providers do before they send, written apart from what checks it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import RSAKey

from streams.codec.times import to_rfc3339
from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Place, Scheme, Signature
from streams.gateway.providers.signatures import google, sns

TOPIC: Final = "arn:aws:sns:eu-west-1:123456789012:mail"
CERTIFICATE: Final = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
_EC: Final = ec.generate_private_key(ec.SECP256R1())
_RSA: Final = rsa.generate_private_key(65537, 2048)
_GOOGLE: Final = RSAKey.generate_key(2048, {"kid": "g1", "use": "sig", "alg": "RS256"})
_NAME: Final = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])


def secret_of(scheme: Scheme) -> str:
    """Return what a person enters for a scheme."""
    if scheme is Scheme.ECDSA:
        der = _EC.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()
    if scheme is Scheme.SNS:
        return TOPIC
    if scheme is Scheme.GOOGLE:
        return "aud:https://gateway.example/google\nemail:push@project.example"
    return "00c0ffee00c0ffee"  # text, and hexadecimal for who wants that


def fetch(url: str) -> bytes | None:
    """Answer as Amazon and Google do."""
    if url == CERTIFICATE:
        return certificate(_RSA)
    if url == google.KEYS:
        return json.dumps({"keys": [_GOOGLE.as_dict(private=False)]}).encode()
    return b"confirmed" if url.startswith("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription") else None


def certificate(key: rsa.RSAPrivateKey) -> bytes:
    """Return a certificate of a key in PEM."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(_NAME).issuer_name(_NAME).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=900))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def signed(signature: Signature, incoming: Incoming, secret: str, now: int) -> Incoming:
    """Return the request with the provider's proof, made at a time."""
    return _SIGNERS[signature.scheme](signature, incoming, secret, now)


def _hmac(signature: Signature, incoming: Incoming, secret: str, now: int) -> Incoming:
    has_ms = signature.timestamp.part == "t"
    timestamp = str(now if has_ms else now // 1000)
    message = signature.message.encode().replace(b"{timestamp}", timestamp.encode()).replace(b"{body}", incoming.body)
    key = bytes.fromhex(secret) if signature.key == "hex" else secret.encode()
    digest = hmac.new(key, message, signature.hash).digest()
    text = signature.prefix + (base64.b64encode(digest).decode() if signature.encoding == "base64" else digest.hex())
    return _with(incoming, [(signature.timestamp, timestamp), (signature.header, text)])


def _ecdsa(signature: Signature, incoming: Incoming, _: str, now: int) -> Incoming:
    timestamp = str(now // 1000)
    made = _EC.sign(timestamp.encode() + incoming.body, ec.ECDSA(hashes.SHA256()))
    proof = base64.b64encode(made).decode()
    return _with(incoming, [(signature.timestamp, timestamp), (signature.header, proof)])


def _mailgun(_: Signature, incoming: Incoming, secret: str, now: int) -> Incoming:
    proof = {"timestamp": str(now // 1000), "token": "0123456789"}
    text = proof["timestamp"] + proof["token"]
    proof["signature"] = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    if incoming.headers["content-type"].endswith("urlencoded"):
        body = urlencode(dict(parse_qsl(incoming.body.decode())) | proof).encode()
    else:
        body = json.dumps(json.loads(incoming.body) | {"signature": proof}).encode()
    return msgspec.structs.replace(incoming, body=body)


def _twilio(signature: Signature, incoming: Incoming, secret: str, _: int) -> Incoming:
    fields = dict(parse_qsl(incoming.body.decode()))
    text = incoming.url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    proof = base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()
    return _with(incoming, [(signature.header, proof)])


def _sns(_: Signature, incoming: Incoming, secret: str, now: int) -> Incoming:
    plain = {"Type": "Notification", "MessageId": "sns-1", "Message": incoming.body.decode()}
    found: dict[str, Any] = json.loads(incoming.body)
    envelope = {name: value for name, value in (found if "Message" in found else plain).items() if value}
    envelope |= {"TopicArn": secret, "Timestamp": to_rfc3339(now), "SignatureVersion": "2"}
    envelope["SigningCertURL"] = CERTIFICATE
    made = _RSA.sign(sns.canonical(envelope), PKCS1v15(), hashes.SHA256())
    envelope["Signature"] = base64.b64encode(made).decode()
    return msgspec.structs.replace(incoming, body=json.dumps(envelope).encode())


def _google(_: Signature, incoming: Incoming, secret: str, now: int) -> Incoming:
    words = dict(line.split(":", 1) for line in secret.splitlines())
    claims = {"iss": "https://accounts.google.com", "email_verified": True, "exp": now // 1000 + 3_000}
    token = jwt.encode({"alg": "RS256", "kid": "g1"}, claims | words, _GOOGLE)
    return _with(incoming, [(Place("authorization"), f"Bearer {token}")])


def _shared(signature: Signature, incoming: Incoming, secret: str, _: int) -> Incoming:
    return _with(incoming, [(signature.header, secret)])


def _with(incoming: Incoming, proofs: list[tuple[Place, str]]) -> Incoming:
    headers = dict(incoming.headers)
    for place, text in proofs:
        if place.part:
            before = headers.get(place.header)
            headers[place.header] = f"{before},{place.part}={text}" if before else f"{place.part}={text}"
        elif place.header:
            headers[place.header] = text
    return msgspec.structs.replace(incoming, headers=headers)


_SIGNERS: Final[dict[Scheme, Callable[[Signature, Incoming, str, int], Incoming]]] = {
    Scheme.HMAC: _hmac,
    Scheme.ECDSA: _ecdsa,
    Scheme.MAILGUN: _mailgun,
    Scheme.TWILIO: _twilio,
    Scheme.SNS: _sns,
    Scheme.GOOGLE: _google,
    Scheme.SECRET: _shared,
}
