"""The section `signature` of a mapping file: which scheme, and the options that this scheme has."""

import re
from collections.abc import Mapping as Map
from typing import Final

from streams.documents import Items, Mapping, Scalar
from streams.gateway.providers.mapping import Place, Scheme, Signature
from streams.rules.fields import Fields, Findings, did_you_mean

_OPTIONS: Final[Map[Scheme, tuple[str, ...]]] = {
    Scheme.HMAC: ("header", "timestamp", "id", "tolerance", "hash", "encoding", "prefix", "message", "key"),
    Scheme.ECDSA: ("header", "timestamp", "tolerance"),
    Scheme.MAILGUN: ("tolerance",),
    Scheme.TWILIO: ("header",),
    Scheme.SNS: ("tolerance",),
    Scheme.GOOGLE: (),
    Scheme.SECRET: ("header",),
}
_NEEDED: Final[Map[Scheme, tuple[str, ...]]] = {
    Scheme.HMAC: ("header",),
    Scheme.ECDSA: ("header", "timestamp"),
    Scheme.TWILIO: ("header",),
}
_PLACE: Final = re.compile(r"([A-Za-z0-9-]+)(?: part ([A-Za-z0-9_]+))?")
_WORDS: Final[Map[str, tuple[str, ...]]] = {
    "hash": ("sha1", "sha256", "sha512"),
    "encoding": ("hex", "base64"),
    "key": ("text", "hex", "base64"),
}
_MESSAGES: Final = re.compile(r"(?:[^{}]|\{body\}|\{timestamp\}|\{id\})+")
_SAY: Final = "say how it signs: signature: {scheme: hmac, header: X-Signature}"
_DEFAULT: Final = Signature(scheme=Scheme.SECRET)


def read_signatures(fields: Fields, findings: Findings) -> tuple[Signature, ...]:
    """Return how requests are signed, in one of several ways; a file must say so."""
    node = fields.need("signature", _SAY)
    if node is None:
        return ()
    found = []
    for item in node.items if isinstance(node, Items) else (node,):
        if isinstance(item, Mapping):
            found.append(_signature(item, findings))
        else:
            findings.add(item, "`signature` must be a mapping", _SAY)
    return tuple(found)


def _signature(node: Mapping, findings: Findings) -> Signature:
    entries = node.entries.items()
    word = next((value.text for key, value in entries if key.text == "scheme" and isinstance(value, Scalar)), "")
    options = next((known for scheme, known in _OPTIONS.items() if scheme == word), _OPTIONS[Scheme.HMAC])
    section = Fields(node, f"a signature of `{word}`" if word else "`signature`", ("scheme", *options), findings)
    scheme = section.choice("scheme", Scheme)
    for key in _NEEDED.get(scheme, ()):
        section.need(key, f"name the header that holds it: {key}: X-Header")
    signature = Signature(
        scheme=scheme,
        header=_place(section, "header", findings),
        timestamp=_place(section, "timestamp", findings),
        id=_place(section, "id", findings),
        tolerance_ms=section.duration("tolerance", "write 5m", default=_DEFAULT.tolerance_ms),
        hash=_word(section, "hash", _DEFAULT.hash, findings),
        encoding=_word(section, "encoding", _DEFAULT.encoding, findings),
        prefix=section.text("prefix", "write prefix: sha256=", _DEFAULT.prefix),
        message=_message(section, findings),
        key=_word(section, "key", _DEFAULT.key, findings),
    )
    if scheme is Scheme.HMAC:
        _check_message(section, signature, findings)
    return signature


def _check_message(section: Fields, signature: Signature, findings: Findings) -> None:
    """Find a message that would leave the body, or the time that is looked at, to anybody."""
    at = section.node_of("message")
    if signature.message.count("{body}") != 1:
        findings.add(at, "the message must hold the body once", 'write message: "{timestamp}.{body}"')
    for name, place in (("timestamp", signature.timestamp), ("id", signature.id)):
        if (f"{{{name}}}" in signature.message) is not bool(place.header):
            remedy = f"write {name}: X-Header, and {{{name}}} in the message"
            findings.add(at, f"`{name}` must have its header and be in the message", remedy)


def _place(fields: Fields, key: str, findings: Findings) -> Place:
    text = fields.text(key, f"write {key}: X-Header, or {key}: X-Header part v1", "")
    if not text:
        return Place("")
    if (found := _PLACE.fullmatch(text)) is None:
        findings.add(fields.node_of(key), f"`{text}` is no header", "write X-Header, or X-Header part v1")
        return Place("")
    return Place(found.group(1).lower(), found.group(2) or "")


def _word(fields: Fields, key: str, default: str, findings: Findings) -> str:
    node = fields.node_of(key)
    if key not in fields or not isinstance(node, Scalar):
        return default
    if node.text not in _WORDS[key]:
        findings.add(node, f"unknown {key} `{node.text}`", did_you_mean(node.text, _WORDS[key]))
    return node.text


def _message(fields: Fields, findings: Findings) -> str:
    text = fields.text("message", 'write message: "{timestamp}.{body}"', _DEFAULT.message)
    if not _MESSAGES.fullmatch(text):
        findings.add(fields.node_of("message"), "the message has unknown braces", "use {body}, {timestamp} and {id}")
    return text
