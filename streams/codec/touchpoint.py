"""A Kafka record's bytes to a touchpoint, whichever of the four forms they are in, and back."""

from typing import Final

from streams.codec import checks, cloudevents, flat, frame, shipped, writers
from streams.codec.frame import Headers
from streams.codec.json_form import from_json, to_json
from streams.codec.registry import SchemaStore
from streams.codec.writers import Writer
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import SKEW_MS, Touchpoint
from streams.touchpoints.vocabulary import Vocabulary

__all__ = ["TouchpointDecoder", "encode", "from_json", "to_json"]

_OUR_PREFIX: Final = frame.prefix(shipped.latest("touchpoint").schema_id)


class TouchpointDecoder:
    """Turns records into touchpoints that have passed every check, or into the reason why not. Never raises.

    It reads framed Avro (with the frame or the header form of the schema id), the JSON form, and CloudEvents both
    structured and binary. `unknown` collects the schema ids that only a registry might know: the caller fetches them
    off the hot path, empties the set and decodes again before it gives a record up as UNKNOWN_SCHEMA.
    """

    def __init__(self, vocabulary: Vocabulary, registry: SchemaStore) -> None:
        self.unknown: set[int] = set()
        self._vocabulary = vocabulary
        self._registry = registry
        self._flat = registry.flat
        self._read = flat.flat_reader(vocabulary.kinds)

    def decode(
        self, value: bytes | None, key: bytes | None, headers: Headers, recorded_ms: int
    ) -> Touchpoint | Rejection:
        """Return the touchpoint of one record; `recorded_ms` is the record's timestamp."""
        if value is None:
            return Rejection(Reason.UNDECODABLE, "the record has no value")
        if value[: frame.PREFIX_BYTES] in self._flat and (touchpoint := self._read(value, key, recorded_ms + SKEW_MS)):
            return touchpoint
        outcome = self._parse(value, key, headers)
        if isinstance(outcome, Rejection):
            return outcome
        return checks.check_type(outcome, self._vocabulary) or checks.check_record(outcome, key, recorded_ms) or outcome

    def _parse(self, value: bytes, key: bytes | None, headers: Headers) -> Touchpoint | Rejection:
        if framed := frame.unframe(value, headers):
            return self._parse_avro(value, framed)
        named = {name.lower(): content or b"" for name, content in headers}
        if cloudevents.is_binary(named):
            return cloudevents.from_binary(named, value, key)
        media = named.get(frame.CONTENT_TYPE, b"").decode(errors="replace").lower()
        if media.startswith(cloudevents.STRUCTURED):
            return cloudevents.from_structured(value, key)
        if value.lstrip()[:1] == b"{":
            return cloudevents.from_structured(value, key) if cloudevents.is_structured(value) else from_json(value)
        seen = f"first byte {value[0]:#04x}" if value else "no bytes"
        return Rejection(Reason.UNDECODABLE, f"neither framed Avro nor JSON ({len(value)} bytes, {seen})")

    def _parse_avro(self, value: bytes, framed: frame.Frame) -> Touchpoint | Rejection:
        if framed.schema_id is None:
            return Rejection(Reason.UNKNOWN_SCHEMA, "the header does not name the schema by an id")
        source = self._registry.get(framed.schema_id)
        if source is None:
            self.unknown.add(framed.schema_id)
            return Rejection(Reason.UNKNOWN_SCHEMA, f"nobody knows the schema id {framed.schema_id}")
        return _read_avro(value, framed.start, source)


def _read_avro(value: bytes, start: int, source: Writer) -> Touchpoint | Rejection:
    try:
        fields = writers.read(value, start, source, "touchpoint")
    except Exception as error:  # noqa: BLE001  hostile bytes make the reader raise nearly anything
        what = f"{len(value) - start} bytes are not a touchpoint of schema {source.schema_id}"
        return Rejection(Reason.UNDECODABLE, f"{what} ({type(error).__name__})")
    touchpoint = Touchpoint(**fields)
    return checks.check(touchpoint) or touchpoint


def encode(touchpoint: Touchpoint, schema_id: int | None = None) -> bytes:
    """Return the framed Avro record, under the shipped id unless the registry gave another."""
    return flat.write(_OUR_PREFIX if schema_id is None else frame.prefix(schema_id), touchpoint)
