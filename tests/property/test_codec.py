"""Round trips of every form, and hostile bytes."""

import os

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.alerts.alert import Alert, AlertPromise, Evidence, Recent, Status
from streams.codec import alert as alert_codec
from streams.codec import dead_letter as dead_letter_codec
from streams.codec import flat, frame, shipped, writers
from streams.codec.dead_letter import DeadLetter
from streams.codec.registry import SchemaStore
from streams.codec.times import from_rfc3339, to_rfc3339
from streams.codec.touchpoint import TouchpointDecoder, encode, from_json, to_json
from streams.codec.vocabulary import shipped as vocabulary
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import EARLIEST_MS, SKEW_MS, Touchpoint

LAST_MS = 4_102_444_800_000  # 2100: varints of both lengths
KINDS = tuple(vocabulary().kinds)
PREFIX = frame.prefix(shipped.latest("touchpoint").schema_id)
calm = settings(
    deadline=None,  # a busy machine is no failure
    max_examples=2_000 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 100,
)
DECODER = TouchpointDecoder(vocabulary(), SchemaStore())
SOURCE = SchemaStore().get(shipped.latest("touchpoint").schema_id)

names = st.text(min_size=1, max_size=200).filter(lambda text: len(text.encode()) <= 1024)
instants = st.integers(EARLIEST_MS, LAST_MS)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 53), 1 << 53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
data = st.just(b"") | st.dictionaries(st.text(max_size=8), json_values, max_size=6).map(msgspec.json.encode)
touchpoints = st.builds(Touchpoint, names, names, st.sampled_from(KINDS), instants, names, names | st.just(""), data)
texts = st.dictionaries(st.sampled_from(["en", "es", "fr"]), st.text(max_size=40), max_size=3)
alerts = st.builds(
    Alert,
    alert_id=names,
    revision=st.integers(1, 1 << 30),
    status=st.sampled_from(Status),
    rule=names,
    rule_version=st.integers(1, 1 << 30),
    moment=names,
    severity=names,
    customer=names,
    subject=st.text(max_size=40),
    started_at=instants,
    ended_at=st.just(0) | instants,
    detected_at=instants,
    title=texts,
    advice=texts,
    evidence=st.lists(
        st.builds(Evidence, names, st.floats(allow_nan=False, allow_infinity=False), st.floats(-1e9, 1e9),
                  st.lists(names, max_size=3).map(tuple)), max_size=3).map(tuple),
    recent=st.lists(st.builds(Recent, instants, names, names, names, st.text(max_size=9)), max_size=3).map(tuple),
    promises=st.lists(st.builds(AlertPromise, names, names, instants, instants, names), max_size=3).map(tuple),
    tried=st.lists(names, max_size=3).map(tuple),
    supersedes=st.lists(names, max_size=3).map(tuple),
    reason=st.text(max_size=40),
)  # fmt: skip
headers = st.lists(st.tuples(names, st.none() | st.binary(max_size=40)), max_size=4).map(tuple)
letters = st.builds(
    DeadLetter,
    topic=names,
    partition=st.integers(0, 1 << 20),
    offset=st.integers(0, 1 << 60),
    timestamp=st.integers(-1, LAST_MS),
    key=st.none() | st.binary(max_size=100),
    value=st.none() | st.binary(max_size=1_000),
    headers=headers,
    reason=st.sampled_from(Reason),
    detail=st.text(max_size=100),
)


@calm
@given(touchpoints)
def test_a_touchpoint_survives_avro(touchpoint: Touchpoint) -> None:
    """Written, read off the topic under its customer, the same."""
    assert DECODER.decode(encode(touchpoint), touchpoint.customer.encode(), (), touchpoint.time) == touchpoint


@calm
@given(touchpoints, instants)
def test_a_touchpoint_survives_json(touchpoint: Touchpoint, recorded_ms: int) -> None:
    """One line, read as a file and off the topic."""
    line = to_json(touchpoint, recorded_ms)
    assert b"\n" not in line
    assert from_json(line) == touchpoint
    assert DECODER.decode(line, touchpoint.customer.encode(), (), touchpoint.time) == touchpoint


@calm
@given(touchpoints)
def test_the_hot_path_writes_and_reads_ordinary_avro(touchpoint: Touchpoint) -> None:
    """Byte for byte and field for field what a general Avro library does."""
    fields = msgspec.structs.asdict(touchpoint)
    value = encode(touchpoint)
    assert value == writers.write(fields, "touchpoint", None)
    assert SOURCE is not None
    assert writers.read(value, frame.PREFIX_BYTES, SOURCE, "touchpoint") == fields


@calm
@given(touchpoints, st.data())
def test_damaged_avro_is_never_read_as_something_else(touchpoint: Touchpoint, draw: st.DataObject) -> None:
    """The hot path takes a damaged record only where the general one reads the very same touchpoint."""
    value = bytearray(encode(touchpoint))
    for _ in range(draw.draw(st.integers(1, 3))):
        value[draw.draw(st.integers(frame.PREFIX_BYTES, len(value) - 1))] = draw.draw(st.integers(0, 255))
    found = flat.flat_reader(KINDS)(bytes(value), touchpoint.customer.encode(), LAST_MS)
    if found is not None:
        assert SOURCE is not None
        assert writers.read(bytes(value), frame.PREFIX_BYTES, SOURCE, "touchpoint") == msgspec.structs.asdict(found)


@calm
@given(
    st.none() | st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: PREFIX + tail),
    st.none() | st.binary(max_size=20),
    headers
    | st.lists(st.tuples(st.sampled_from(["__value_schema_id", "ce_id", "content-type"]), st.binary(max_size=9))),
    st.integers(-1, LAST_MS),
)
def test_hostile_bytes_are_a_rejection_and_never_an_exception(
    value: bytes | None, key: bytes | None, extra: list[tuple[str, bytes | None]], recorded_ms: int
) -> None:
    """Whatever is on a topic, the worker goes on."""
    assert isinstance(DECODER.decode(value, key, extra, recorded_ms), Rejection)


@calm
@given(touchpoints, st.integers(-(1 << 40), 1 << 40))
def test_time_is_bound_by_the_record(touchpoint: Touchpoint, ahead_ms: int) -> None:
    """A day ahead at most, whichever path reads it."""
    outcome = DECODER.decode(encode(touchpoint), touchpoint.customer.encode(), (), touchpoint.time - ahead_ms)
    assert (outcome == touchpoint) is (ahead_ms <= SKEW_MS)


@calm
@given(alerts)
def test_an_alert_survives_avro_and_json(alert: Alert) -> None:
    """Both forms hold all of it."""
    assert alert_codec.decode(alert_codec.encode(alert)) == alert
    assert alert_codec.from_json(alert_codec.to_json(alert)) == alert


@calm
@given(letters)
def test_a_dead_letter_survives_avro(letter: DeadLetter) -> None:
    """The original, byte for byte."""
    assert dead_letter_codec.decode(dead_letter_codec.encode(letter)) == letter


@calm
@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_instants_survive_text(ms: int) -> None:
    """From the year 1 to 9999."""
    assert from_rfc3339(to_rfc3339(ms)) == ms
