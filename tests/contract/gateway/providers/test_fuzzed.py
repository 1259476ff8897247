"""No input is an error of ours: whatever a body holds, reading it gives items and nothing else."""

import json
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.gateway.candidate import Candidate
from streams.gateway.incoming import Incoming
from streams.gateway.outcome import Ignored, Refused
from streams.gateway.providers.mapping import Mapping
from streams.gateway.providers.registry import load
from tests.contract.gateway.providers import recorded

NOW: Final = 1_795_345_200_000
PROVIDERS: Final = load(fetch=lambda _: None)
MEDIA: Final = st.sampled_from(
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "text/csv",
        "application/x-ndjson",
        "",
    ]
)
HUGE: Final = st.sampled_from([10**20, -(10**400), 10**4_000])
SCALARS: Final = st.none() | st.booleans() | st.integers() | HUGE | st.floats(allow_nan=False) | st.text(max_size=8)
JSON: Final = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
FEW: Final = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def survives(name: str, incoming: Incoming) -> None:
    """Assert that all that a route asks of a provider is answered."""
    provider = PROVIDERS[name]
    items = provider.read(incoming, NOW)
    assert all(isinstance(item, Candidate | Ignored | Refused) for item in items)
    assert provider.is_signed(incoming, "secret\nverify:token\narn:aws:sns:eu-west-1:1:t", NOW) in (True, False)
    provider.challenge(incoming, "secret\nverify:token\narn:aws:sns:eu-west-1:1:t")


@pytest.mark.parametrize("name", PROVIDERS)
@FEW
@given(data=st.data())
def test_cut_bodies_are_refused_in_place(name: str, data: st.DataObject) -> None:
    """A payload that was cut off anywhere is read as far as it goes."""
    path = data.draw(st.sampled_from(recorded.files(name)))
    whole = recorded.incoming(recorded.read(path), PROVIDERS[name].mapping)
    cut = data.draw(st.integers(0, len(whole.body)))
    survives(name, Incoming(url=whole.url, headers=whole.headers, query=whole.query, body=whole.body[:cut]))


@pytest.mark.parametrize("name", PROVIDERS)
@FEW
@given(body=st.binary(max_size=64), media=MEDIA, header=st.text(max_size=16), method=st.sampled_from(["GET", "POST"]))
def test_any_bytes_and_headers_are_survived(name: str, body: bytes, media: str, header: str, method: str) -> None:
    """Bytes that are nothing, under any content type, with any text in every header that is looked at."""
    headers = {"content-type": media, "authorization": header}
    headers |= {place.header: header for each in PROVIDERS[name].mapping.signatures for place in (each.header,)}
    query = {"hub.challenge": header, "bodySHA256": header, "hub.mode": "subscribe"}
    survives(name, Incoming(method=method, url=header, headers=headers, query=query, body=body))


@pytest.mark.parametrize("name", PROVIDERS)
@FEW
@given(data=st.data())
def test_any_value_may_stand_anywhere(name: str, data: st.DataObject) -> None:
    """A field that is suddenly a list, an object, a number or gone spoils its own item at most."""
    path = data.draw(st.sampled_from(recorded.files(name)))
    found = recorded.read(path)
    if found.body is None:
        found.form = {key: data.draw(st.text(max_size=8)) for key in found.form or {}}
    else:
        found.body = _spoilt(found.body, data)
    survives(name, _incoming(found, PROVIDERS[name].mapping))


def _incoming(found: recorded.Recorded, mapping: Mapping) -> Incoming:
    try:
        return recorded.incoming(found, mapping)
    except (AttributeError, KeyError, TypeError, ValueError):  # what was to be wrapped is gone
        return Incoming(body=json.dumps(found.body).encode())


def _spoilt(value: Any, data: st.DataObject) -> Any:
    """Return a value with something else in one place of it."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 3)):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: _spoilt(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.integers(0, 3)):
        at = data.draw(st.integers(0, len(value) - 1))
        return [*value[:at], _spoilt(value[at], data), *value[at + 1 :]]
    return data.draw(JSON)


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 100_000, b"1e999", b'"\\ud800"', b"\xff\xfe", b"[" + b"9" * 5000 + b"]"]
)
def test_hostile_json_is_survived(name: str, body: bytes) -> None:
    """Depth, size of figures and broken text end in an item, not in an error."""
    survives(name, Incoming(headers={"content-type": "application/json"}, body=body))
