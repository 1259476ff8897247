"""Why a broker does not let us in: aiokafka says of all of it only that it cannot connect."""

import ssl
from typing import Final

from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from streams.errors import BrokerError
from streams.settings.kafka import client_options, kafka_settings

TIMEOUT_MS: Final = 5_000
TRIES: Final = 3  # a broker that refuses a certificate may close the connection before its reason is read

_HOSTNAME_MISMATCH: Final = (62, 64)  # OpenSSL's codes of a verification: of a name, of an address
_OUT_OF_TIME: Final = (9, 10)
_SIGN_IN: Final = (SaslAuthenticationFailed, AuthenticationFailedError, IllegalSaslStateError)


async def refusal(servers: str) -> BrokerError | None:
    """Knock at each server as any client does; return why the first that is there refuses us.

    None when one lets us in, when none is there, and where connections are plain, which nobody refuses. Raises
    SettingError as `client_options` does. What is said names the settings, and nothing of what is in them but the user.
    """
    if not client_options():
        return None
    for server in servers.split(","):
        for _ in range(TRIES):
            error = await _knock(server)
            if error is None:
                return None
            if (found := explain(error, server.strip())) is not None:
                return found
            if not _is_closed(error):
                break
        else:
            remedy = (
                "see TOUCHPOINT_SECURITY_PROTOCOL, whether that listener has this port, and TOUCHPOINT_SSL_CERTFILE"
            )
            return BrokerError("the broker closes the connection without a reason", place=server.strip(), remedy=remedy)
    return None


def explain(error: BaseException, server: str) -> BrokerError | None:
    """Return what an error of a connection means; None where it only means that nobody is there."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _of_their_certificate(error, server)
    if isinstance(error, ssl.SSLError):
        return _of_tls(error, server)
    if isinstance(error, UnsupportedSaslMechanismError):
        remedy = "see TOUCHPOINT_SASL_MECHANISM, and the listener's sasl.enabled.mechanisms"
        return BrokerError(
            f"the broker does not take {kafka_settings().sasl_mechanism} for a sign-in", place=server, remedy=remedy
        )
    if isinstance(error, _SIGN_IN):
        remedy = "see TOUCHPOINT_SASL_USERNAME, TOUCHPOINT_SASL_PASSWORD[_FILE] and TOUCHPOINT_SASL_MECHANISM"
        return BrokerError(
            f"the broker refuses the sign-in of `{kafka_settings().sasl_username}`", place=server, remedy=remedy
        )
    return explain(error.__cause__, server) if error.__cause__ is not None else None


async def _knock(server: str) -> BaseException | None:
    """Return what is in the way of a connection, None when there is one."""
    host, _, port = server.strip().rpartition(":")
    try:
        connection = await create_conn(host.strip("[]"), int(port), request_timeout_ms=TIMEOUT_MS, **client_options())
    except (TimeoutError, OSError, KafkaError) as error:
        return error
    connection.close()
    return None


def _of_their_certificate(error: ssl.SSLCertVerificationError, server: str) -> BrokerError:
    if error.verify_code in _HOSTNAME_MISMATCH:
        remedy = "name the broker as its certificate does (TOUCHPOINT_BOOTSTRAP_SERVERS, advertised.listeners)"
    elif error.verify_code in _OUT_OF_TIME:
        remedy = "have it renewed, and see that this machine's clock is right"
    else:
        remedy = "put who has signed it into the file of TOUCHPOINT_SSL_CAFILE"
    what = error.verify_message.rstrip(".")
    return BrokerError(f"the broker's certificate cannot be trusted: {what}", place=server, remedy=remedy)


def _of_tls(error: ssl.SSLError, server: str) -> BrokerError | None:
    reason = error.reason or ""
    if "ALERT" in reason:
        alert = reason.partition("ALERT_")[2].replace("_", " ").lower()
        remedy = "see TOUCHPOINT_SSL_CERTFILE and TOUCHPOINT_SSL_KEYFILE: not expired, and signed by whom it trusts"
        return BrokerError(f"the broker refuses our certificate: {alert}", place=server, remedy=remedy)
    if reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}:
        remedy = "see TOUCHPOINT_SECURITY_PROTOCOL, and whether the port is that of the encrypted listener"
        return BrokerError("no TLS is spoken here", place=server, remedy=remedy)
    return None


def _is_closed(error: BaseException | None) -> bool:
    """Return whether somebody was there, and closed the connection."""
    if isinstance(error, ConnectionResetError | ConnectionAbortedError | BrokenPipeError | EOFError | ssl.SSLEOFError):
        return True
    return error is not None and _is_closed(error.__cause__)
