"""Amazon SNS's signature."""

import base64
import json
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from streams.gateway.incoming import Incoming
from streams.gateway.providers.fetching import Documents
from streams.gateway.providers.mapping import Scheme, Signature
from streams.gateway.providers.signatures.sns import canonical, is_amazon, is_signed
from tests.contract.gateway.providers.signing import certificate

NOW: Final = 1_795_341_600_000
TOPIC: Final = "arn:aws:sns:eu-west-1:1:mail"
URL: Final = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
KEY: Final = rsa.generate_private_key(65537, 2048)
PEM: Final = certificate(KEY)
NOTE: Final = {
    "Type": "Notification",
    "MessageId": "m",
    "TopicArn": TOPIC,
    "Message": "hi",
    "Timestamp": "2026-11-22T10:00:00.000Z",
    "SigningCertURL": URL,
}


def check(message: dict[str, Any], version: str = "2", fetched: bytes | None = PEM) -> bool:
    """Return whether a message is believed that Amazon signed as it is."""
    hashed = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303 # version 1 is SHA-1
    proof = base64.b64encode(KEY.sign(canonical(message), PKCS1v15(), hashed)).decode()
    body = json.dumps({"SignatureVersion": version, "Signature": proof} | message).encode()
    documents = Documents(lambda url: fetched if url == URL else None)
    return is_signed(Signature(scheme=Scheme.SNS), Incoming(body=body), TOPIC, NOW, documents)


def test_what_is_signed_is_the_documented_text() -> None:
    """Names and values stand in lines, in the order of their names, a subject only where there is one."""
    lines = "Message\nhi\nMessageId\nm\nTimestamp\n2026-11-22T10:00:00.000Z\nTopicArn\n" + TOPIC
    assert canonical(NOTE).decode() == f"{lines}\nType\nNotification\n"
    with_subject = canonical(NOTE | {"Subject": "s"}).decode()
    assert with_subject == f"{lines}\nType\nNotification\n".replace("Timestamp\n", "Subject\ns\nTimestamp\n", 1)
    subscription = {"Type": "SubscriptionConfirmation", "SubscribeURL": "u", "Token": "t"}
    assert canonical(NOTE | subscription).decode().count("\nSubscribeURL\nu\nTimestamp\n") == 1


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_are_believed(version: str) -> None:
    """Topics sign with SHA-1 unless they are told to use SHA-256."""
    assert check(NOTE, version)
    assert check(NOTE | {"Subject": "s"}, version)


@pytest.mark.parametrize(
    "changed",
    [
        {"TopicArn": "arn:aws:sns:eu-west-1:2:mail"},
        {"SignatureVersion": "3"},
        {"Signature": "AAAA"},
        {"Signature": "*"},
        {"Timestamp": "2026-11-22T09:00:00.000Z"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com/other.pem"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.txt"},
        {"SigningCertURL": "https://bucket.s3.amazonaws.com/x.pem"},
    ],
    ids=str,
)
def test_anything_else_is_not(changed: dict[str, str]) -> None:
    """Another topic, version, proof, age or certificate opens nothing."""
    assert not check(NOTE | changed)


@pytest.mark.parametrize("fetched", [None, b"", b"no certificate", certificate(rsa.generate_private_key(65537, 2048))])
def test_a_certificate_must_be_had_and_be_the_right_one(fetched: bytes | None) -> None:
    """Where Amazon's certificate is not to be had, nothing is believed."""
    assert not check(NOTE, fetched=fetched)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (URL, True),
        ("https://sns.cn-north-1.amazonaws.com.cn/x.pem", True),
        ("http://sns.eu-west-1.amazonaws.com/x.pem", False),
        ("https://sns.eu-west-1.amazonaws.com:444/x.pem", False),
        ("https://sns.eu-west-1.amazonaws.com.evil.example/x.pem", False),
        ("https://evil.example/sns.eu-west-1.amazonaws.com/x.pem", False),
        ("https://a@sns.eu-west-1.amazonaws.com/x.pem", False),
        ("https://sns.s3.amazonaws.com@evil.example/", False),
        ("https://bucket.s3.amazonaws.com/x.pem", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_only_hosts_of_sns_are_amazons(url: str, found: bool) -> None:
    """A name that only looks like it, or a bucket of somebody's, is not asked."""
    assert is_amazon(url) is found
