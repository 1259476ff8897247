"""ECDSA over a time and the body."""

import json
from typing import Final

import pytest

from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Place, Scheme, Signature
from streams.gateway.providers.signatures.ecdsa import is_signed

# The example that SendGrid publishes with its own libraries.
KEY: Final = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6w"
    "EA3F+g=="
)
PROOF: Final = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
EVENT: Final = {
    "email": "hello@world.com",
    "event": "dropped",
    "reason": "Bounced Address",
    "sg_event_id": "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
    "sg_message_id": "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",
    "smtp-id": "<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>",
    "timestamp": 1600112492,
}
BODY: Final = json.dumps([EVENT], separators=(",", ":")).encode() + b"\r\n"
NOW: Final = 1_600_112_502_000
SIGNATURE: Final = Signature(scheme=Scheme.ECDSA, header=Place("s"), timestamp=Place("t"))


def check(proof: str = PROOF, key: str = KEY, time: str = "1600112502", now: int = NOW) -> bool:
    """Return whether the example is believed with something changed."""
    return is_signed(SIGNATURE, Incoming(headers={"s": proof, "t": time}, body=BODY), key, now)


def test_sendgrids_published_example_is_believed() -> None:
    """What the provider signed itself is right here."""
    assert check()
    assert check(key=f"bm8ga2V5\n{KEY}")


@pytest.mark.parametrize(
    "changed",
    [
        {"proof": PROOF.replace("G", "H", 1)},
        {"proof": "*"},
        {"proof": "é"},
        {"proof": ""},
        {"key": "bm8ga2V5"},
        {"key": "*"},
        {"time": "1600112503"},
        {"time": ""},
        {"now": NOW + SIGNATURE.tolerance_ms + 1},
    ],
    ids=str,
)
def test_anything_else_is_not(changed: dict[str, str | int]) -> None:
    """Another proof, key or time, or one that is none, opens nothing."""
    assert not check(**changed)  # type: ignore[arg-type] # each has the type of its argument
