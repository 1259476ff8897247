"""Only the provider itself is believed, by its own scheme."""

import hmac
import json
from pathlib import Path
from typing import Final

import msgspec
import pytest

from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Scheme, Signature
from streams.gateway.providers.registry import load
from tests.contract.gateway.providers import recorded, signing

NOW: Final = 1_795_345_200_000
PROVIDERS: Final = load(fetch=signing.fetch)
ALL: Final = [(name, signature) for name, provider in PROVIDERS.items() for signature in provider.mapping.signatures]
CASES: Final = [pytest.param(name, signature, id=f"{name}-{signature.scheme}") for name, signature in ALL]
_TIMED: Final = {Scheme.ECDSA, Scheme.MAILGUN, Scheme.SNS, Scheme.GOOGLE}
TIMED: Final = [
    case for case, (_, each) in zip(CASES, ALL, strict=True) if each.scheme in _TIMED or each.timestamp.header
]
_COVERING: Final = {Scheme.HMAC, Scheme.ECDSA, Scheme.TWILIO, Scheme.SNS}
COVERING: Final = [case for case, (_, each) in zip(CASES, ALL, strict=True) if each.scheme in _COVERING]
COMPARED: Final = [case for case, (_, each) in zip(CASES, ALL, strict=True) if each.scheme is not Scheme.ECDSA]
WRONG: Final = {
    Scheme.ECDSA: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw"
    "+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==",  # SendGrid's own example
    Scheme.SNS: "arn:aws:sns:eu-west-1:999999999999:mail",
    Scheme.GOOGLE: "aud:https://gateway.example/google\nemail:other@project.example",
}


def request(name: str) -> tuple[Incoming, Path]:
    """Return a payload of a provider, unsigned."""
    path = recorded.files(name)[0]
    return recorded.incoming(recorded.read(path), PROVIDERS[name].mapping), path


@pytest.mark.parametrize(("name", "signature"), CASES)
def test_what_the_provider_signed_is_believed(name: str, signature: Signature) -> None:
    """The right proof opens, and what came with it is read as ever."""
    incoming, path = request(name)
    secret = signing.secret_of(signature.scheme)
    signed = signing.signed(signature, incoming, secret, NOW)
    assert PROVIDERS[name].is_signed(signed, secret, NOW)
    if signature.scheme is not Scheme.SNS:
        assert len(PROVIDERS[name].read(signed, NOW)) == len(recorded.read(path).expected)


@pytest.mark.parametrize(("name", "signature"), CASES)
def test_another_secret_does_not_open(name: str, signature: Signature) -> None:
    """A proof under another secret, key, topic or account is none."""
    incoming, _ = request(name)
    signed = signing.signed(signature, incoming, signing.secret_of(signature.scheme), NOW)
    assert not PROVIDERS[name].is_signed(signed, WRONG.get(signature.scheme, "00c0ffee00c0ff00"), NOW)


@pytest.mark.parametrize(("name", "signature"), CASES)
@pytest.mark.parametrize("nothing", ["", "  \n"])
def test_nothing_opens_without_a_secret(name: str, signature: Signature, nothing: str) -> None:
    """A webhook whose secret was forgotten is closed, not open."""
    incoming, _ = request(name)
    signed = signing.signed(signature, incoming, signing.secret_of(signature.scheme), NOW)
    assert not PROVIDERS[name].is_signed(signed, nothing, NOW)
    assert not PROVIDERS[name].is_signed(incoming, nothing, NOW)


@pytest.mark.parametrize(("name", "signature"), CASES)
def test_a_missing_proof_does_not_open(name: str, signature: Signature) -> None:
    """A request as it would be without signing is not the provider's."""
    incoming, _ = request(name)
    assert not PROVIDERS[name].is_signed(incoming, signing.secret_of(signature.scheme), NOW)


@pytest.mark.parametrize(("name", "signature"), COVERING)
def test_a_changed_body_does_not_open(name: str, signature: Signature) -> None:
    """Where the body is signed, one byte more breaks it."""
    incoming, _ = request(name)
    secret = signing.secret_of(signature.scheme)
    signed = signing.signed(signature, incoming, secret, NOW)
    if signature.scheme is Scheme.SNS:
        body = json.dumps(json.loads(signed.body) | {"Message": "{}"}).encode()
    else:
        body = signed.body + b"&x=1"
    assert not PROVIDERS[name].is_signed(msgspec.structs.replace(signed, body=body), secret, NOW)


@pytest.mark.parametrize(("name", "signature"), TIMED)
def test_an_old_proof_does_not_open(name: str, signature: Signature) -> None:
    """Where a time is signed, a recording is worth nothing once the window has passed, nor one from the future."""
    incoming, _ = request(name)
    secret = signing.secret_of(signature.scheme)
    signed = signing.signed(signature, incoming, secret, NOW)
    window = 3_060_000 if signature.scheme is Scheme.GOOGLE else signature.tolerance_ms
    assert PROVIDERS[name].is_signed(signed, secret, NOW + window - 1_000)
    assert not PROVIDERS[name].is_signed(signed, secret, NOW + window + 2_000)


@pytest.mark.parametrize(("name", "signature"), CASES)
def test_two_secrets_live_while_one_is_changed(name: str, signature: Signature) -> None:
    """Lines of a secret are tried one by one, so a provider may go on with the old one for a while."""
    incoming, _ = request(name)
    secret = signing.secret_of(signature.scheme)
    both = f"{WRONG.get(signature.scheme, '00c0ffee00c0ff00')}\n{secret}"
    assert PROVIDERS[name].is_signed(signing.signed(signature, incoming, secret, NOW), both, NOW)


@pytest.mark.parametrize(("name", "signature"), COMPARED)
def test_only_the_comparison_that_takes_as_long_decides(
    name: str, signature: Signature, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it says no, the right proof does not open: no scheme compares words of a secret in another way."""
    incoming, _ = request(name)
    secret = signing.secret_of(signature.scheme)
    signed = signing.signed(signature, incoming, secret, NOW)
    monkeypatch.setattr(hmac, "compare_digest", lambda *_: False)
    assert not PROVIDERS[name].is_signed(signed, secret, NOW)
