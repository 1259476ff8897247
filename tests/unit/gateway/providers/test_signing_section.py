"""The section that says how a provider signs."""

from typing import Any, Final

import pytest

from streams import documents
from streams.documents import Mapping
from streams.errors import LoadError
from streams.gateway.providers.mapping import Place, Scheme, Signature
from streams.gateway.providers.signing_section import read_signatures
from streams.rules.fields import Fields, Findings

PATH: Final = "a.yaml"


def signatures(text: str) -> tuple[Signature, ...]:
    """Return what a section says; raise LoadError."""
    root = documents.read(f"signature: {text}", PATH)
    assert isinstance(root, Mapping)
    findings = Findings(PATH)
    found = read_signatures(Fields(root, "the file", ("signature",), findings), findings)
    findings.raise_any()
    return found


def test_all_options_of_a_digest_are_read() -> None:
    """Whatever providers vary about a keyed digest can be said."""
    text = (
        "{scheme: hmac, header: X-Sig part v1, timestamp: X-Sig part t, tolerance: 1h, hash: sha512, "
        'encoding: base64, prefix: v0=, message: "v0:{timestamp}:{body}", key: hex}'
    )
    assert signatures(text) == (
        Signature(
            scheme=Scheme.HMAC,
            header=Place("x-sig", "v1"),
            timestamp=Place("x-sig", "t"),
            tolerance_ms=3_600_000,
            hash="sha512",
            encoding="base64",
            prefix="v0=",
            message="v0:{timestamp}:{body}",
            key="hex",
        ),
    )


def test_a_provider_may_sign_in_several_ways() -> None:
    """A list holds alternatives, of which any will do."""
    found = signatures("[{scheme: sns}, {scheme: secret, header: X-Key}]")
    assert [each.scheme for each in found] == [Scheme.SNS, Scheme.SECRET]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{scheme: hmca, header: X}", "unknown scheme: hmca"),
        ("{header: X}", "`signature` lacks `scheme`"),
        ("{scheme: hmac}", "a signature of `hmac` lacks `header`"),
        ("{scheme: sns, header: X}", "unknown key `header` in a signature of `sns`"),
        ("{scheme: hmac, header: X Y}", "`X Y` is no header"),
        ("{scheme: hmac, header: X, hash: md5}", "unknown hash `md5`"),
        ('{scheme: hmac, header: X, message: "{time}{body}"}', "the message has unknown braces"),
        (
            '{scheme: hmac, header: X, message: "{timestamp}{body}"}',
            "`timestamp` must have its header and be in the message",
        ),
        ("{scheme: hmac, header: X, timestamp: T}", "`timestamp` must have its header and be in the message"),
        ('{scheme: hmac, header: X, timestamp: T, message: "{timestamp}"}', "the message must hold the body once"),
        ("{scheme: ecdsa, header: X}", "a signature of `ecdsa` lacks `timestamp`"),
        ("{scheme: hmac, header: X, tolerance: 5}", "`tolerance` is not a duration: 5"),
        ("none", "`signature` must be a mapping"),
    ],
)
def test_what_cannot_be_is_found(text: str, message: str) -> None:
    """A signature that would check nothing, or something else, is refused when the file is read."""
    with pytest.raises(LoadError) as error:
        signatures(text)
    assert message in [found.message for found in error.value.findings]


def test_a_signature_must_be_said() -> None:
    """Nobody gets a webhook without a check by forgetting to ask for one."""
    root: Any = documents.read("vendor: x", PATH)
    findings = Findings(PATH)
    assert read_signatures(Fields(root, "the file", ("vendor", "signature"), findings), findings) == ()
    assert [found.message for found in findings.found] == ["the file lacks `signature`"]
