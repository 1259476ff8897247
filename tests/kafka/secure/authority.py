"""Who signs certificates in these tests: an authority of its own, and what it issues, as PEM files."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY: Final = timedelta(days=1)


class Issued(NamedTuple):
    """A certificate and its key; `both` has one behind the other, as Kafka takes them."""

    certificate: Path
    key: Path
    both: Path


class Authority:
    """Issues certificates for common names."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        now = datetime.now(UTC)
        builder = _begun(self._name, self._name, self._key.public_key(), now - DAY, now + DAY)
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        signed = builder.add_extension(constraints, critical=True).sign(self._key, hashes.SHA256())
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, address: str = "", *, ended: timedelta | None = None, password: str = "") -> Issued:
        """Return a certificate of a name, and of an address where one is given; `ended` so long ago."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        until = now - ended if ended is not None else now + DAY
        builder = _begun(_named(name), self._name, key.public_key(), now - 2 * DAY, until)
        if address:
            names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
            builder = builder.add_extension(names, critical=False)
        signed = builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        lock = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
        stem = f"{self.file.stem}-{name}{'-ended' if ended else ''}"
        issued = Issued(*(self._folder / f"{stem}.{kind}.pem" for kind in ("certificate", "key", "both")))
        for path, content in zip(issued, (signed, private, private + signed), strict=True):
            path.write_bytes(content)
            path.chmod(0o600)
        return issued


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    return builder.serial_number(x509.random_serial_number()).not_valid_before(since).not_valid_after(until)
