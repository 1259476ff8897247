"""How this process shows itself to Kafka: the same for every client that it makes, from environment and file alone."""

import os
import ssl
from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec

from streams.errors import SettingError
from streams.settings.declared import EVERY, Declared, Holds, Secret
from streams.settings.setting import Setting, declared_in, said_in


class KafkaSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Encryption and sign-in; without any of it connections are plain, as in a trial on one machine."""

    security_protocol: Annotated[
        str,
        Declared(
            "How brokers are spoken to: in the clear or encrypted (SSL), signed in or not (SASL).",
            EVERY,
            "",
            choices=("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
        ),
    ] = "PLAINTEXT"
    sasl_mechanism: Annotated[
        str,
        Declared(
            "How a password is shown to the broker.", EVERY, "", choices=("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
        ),
    ] = "SCRAM-SHA-512"
    sasl_username: Annotated[
        str, Declared("Who signs in; each component has a name of its own.", EVERY, "", example="worker")
    ] = ""
    sasl_password: Annotated[str, Declared("Its password.", EVERY, "", secret=Secret.WHOLE)] = ""
    ssl_cafile: Annotated[
        str,
        Declared("Who has signed the brokers' certificates, PEM; the system's authorities otherwise.", EVERY, "",
                 holds=Holds.FILE),
    ] = ""  # fmt: skip
    ssl_certfile: Annotated[
        str, Declared("Our own certificate chain, PEM, where brokers ask for one.", EVERY, "", holds=Holds.FILE)
    ] = ""
    ssl_keyfile: Annotated[str, Declared("Its private key, PEM.", EVERY, "", holds=Holds.FILE)] = ""
    ssl_password: Annotated[str, Declared("What the private key is locked with.", EVERY, "", secret=Secret.WHOLE)] = ""


KAFKA: Final[tuple[Setting, ...]] = declared_in(KafkaSettings)


def kafka_settings(environ: Mapping[str, str] = os.environ) -> KafkaSettings:
    """Read the settings from the environment; raise SettingError for a value that cannot be."""
    return KafkaSettings(**said_in(environ, KAFKA))


def client_options(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return what every client of aiokafka is made with beside its servers; nothing where connections are plain.

    Raises:
        SettingError: a value cannot be, or a certificate cannot be read.
    """
    found = kafka_settings(environ)
    if found.security_protocol == "PLAINTEXT":
        return {}
    options: dict[str, Any] = {"security_protocol": found.security_protocol}
    if "SASL" in found.security_protocol:
        options |= {
            "sasl_mechanism": found.sasl_mechanism,
            "sasl_plain_username": found.sasl_username,
            "sasl_plain_password": found.sasl_password,
        }
    if "SSL" in found.security_protocol:
        options["ssl_context"] = tls_context(found)
    return options


def tls_context(found: KafkaSettings) -> ssl.SSLContext:
    """Return what connections are encrypted with; brokers are always asked for a certificate of their name."""
    place = found.ssl_cafile
    try:
        context = ssl.create_default_context(cafile=found.ssl_cafile or None)
        if found.ssl_certfile:
            place = found.ssl_certfile
            context.load_cert_chain(found.ssl_certfile, found.ssl_keyfile or None, found.ssl_password or None)
    except (OSError, ssl.SSLError) as error:
        remedy = "see ssl_cafile, ssl_certfile, ssl_keyfile and ssl_password: PEM files that belong together"
        raise SettingError("a certificate cannot be read", place=place, remedy=remedy) from error
    return context
