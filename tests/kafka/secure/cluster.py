"""A broker that asks everybody who they are, on encrypted listeners, and allows nobody anything by itself."""

import secrets
from pathlib import Path
from typing import Any, Final

from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port
from streams.broker.properties import HOST
from streams.settings.kafka import KafkaSettings, tls_context
from tests.deploy.grants import COMPONENTS, Authorizer
from tests.kafka.secure.authority import Authority, Issued

PARTITIONS: Final = 2
LOCKED: Final = "what the keys of clients are locked with"
_LOGIN: Final = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


class SecureKafka:
    """One broker for all tests of this folder.

    `signed` asks for a password by SCRAM-SHA-512 (SASL_SSL), `known` for a certificate (SSL): each component of
    acls.sh has both, and is the same principal either way. The third listener is for the probe of the embedded broker;
    who comes through it is nobody.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder, "authority")
        self.passwords = {name: secrets.token_urlsafe(24) for name in (*COMPONENTS, "stranger")}
        self._certificates: dict[str, Issued] = {}
        plain, signed, known, controller = (free_port() for _ in range(4))
        self.signed, self.known = f"{HOST}:{signed}", f"{HOST}:{known}"
        self.by_another_name = f"localhost:{known}"
        clients = f"PLAINTEXT://{HOST}:{plain},SIGNED://{HOST}:{signed},KNOWN://{HOST}:{known}"
        overrides = {
            "listeners": f"{clients},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": clients,
            "controller.quorum.voters": f"1@{HOST}:{controller}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SIGNED:SASL_SSL,KNOWN:SSL,CONTROLLER:SSL",
            "inter.broker.listener.name": "KNOWN",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.authority.issue("broker", HOST).both),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority.file),
            "ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/",
            "listener.name.known.ssl.client.auth": "required",
            "listener.name.controller.ssl.client.auth": "required",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.signed.scram-sha-512.sasl.jaas.config": _LOGIN,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:broker;User:admin",
        }
        self.kafka = EmbeddedKafka(folder / "broker", port=plain, overrides=overrides, users=self.passwords)

    @property
    def authorizer(self) -> Authorizer:
        """Who grants and takes back."""
        return Authorizer(self.login)

    @property
    def login(self) -> dict[str, Any]:
        """What a client of the super user is made with."""
        own = self.authority.issue("admin")
        files = KafkaSettings(
            ssl_cafile=str(self.authority.file), ssl_certfile=str(own.certificate), ssl_keyfile=str(own.key)
        )
        return {"bootstrap_servers": self.known, "security_protocol": "SSL", "ssl_context": tls_context(files)}

    def by_password(self, name: str, password: str = "") -> dict[str, str]:
        """Return what a process is told that signs in; the password is in a file, as secret stores have it."""
        return self._told(self.signed) | {
            "TOUCHPOINT_SECURITY_PROTOCOL": "SASL_SSL",
            "TOUCHPOINT_SASL_USERNAME": name,
            "TOUCHPOINT_SASL_PASSWORD_FILE": self._secret(f"{name}.password", password or self.passwords[name]),
        }

    def by_certificate(self, name: str, issued: Issued | None = None) -> dict[str, str]:
        """Return what a process is told that shows a certificate; its key is locked unless another is given."""
        if issued is None:
            issued = self._certificates.setdefault(name, self.authority.issue(name, password=LOCKED))
        return self._told(self.known) | {
            "TOUCHPOINT_SECURITY_PROTOCOL": "SSL",
            "TOUCHPOINT_SSL_CERTFILE": str(issued.certificate),
            "TOUCHPOINT_SSL_KEYFILE": str(issued.key),
            "TOUCHPOINT_SSL_PASSWORD_FILE": self._secret("lock", LOCKED),
        }

    def _told(self, servers: str) -> dict[str, str]:
        return {
            "TOUCHPOINT_BOOTSTRAP_SERVERS": servers,
            "TOUCHPOINT_SSL_CAFILE": str(self.authority.file),
            "TOUCHPOINT_PARTITIONS": str(PARTITIONS),
        }

    def _secret(self, name: str, value: str) -> str:
        path = self.folder / f"{name}-{len(value)}"
        path.write_text(f"{value}\n")
        path.chmod(0o600)
        return str(path)
