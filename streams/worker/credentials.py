"""How Faust's own clients show themselves to Kafka: as all others do, in Faust's words."""

from typing import Any

import faust
from faust.types.auth import AuthProtocol

from streams.settings.kafka import client_options


def credentials() -> Any:
    """Return what Faust takes as `broker_credentials`; None where connections are plain."""
    options = client_options()
    context = options.get("ssl_context")
    if "sasl_mechanism" not in options:
        return faust.SSLCredentials(context=context) if context is not None else None
    found = faust.SASLCredentials(
        username=options["sasl_plain_username"],
        password=options["sasl_plain_password"],
        ssl_context=context,
        mechanism=options["sasl_mechanism"],
    )
    found.protocol = AuthProtocol(options["security_protocol"])
    return found
