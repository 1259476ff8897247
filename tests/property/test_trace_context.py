import re

from hypothesis import given
from hypothesis import strategies as st

from streams.telemetry.trace_context import TraceContext, of_headers, parse

HEX = "0123456789abcdef"
CONTEXTS = st.builds(
    TraceContext,
    st.text(HEX, min_size=32, max_size=32).filter(lambda text: text.strip("0")),
    st.text(HEX, min_size=16, max_size=16).filter(lambda text: text.strip("0")),
    st.booleans(),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=512),
)
NEARLY = st.from_regex(
    r"[0-9a-fA-FxX-]{0,4}-[0-9a-fA-F]{30,33}-[0-9a-fA-F]{15,17}-[0-9a-f]{1,3}[-a-z]{0,3}", fullmatch=True
)


@given(CONTEXTS)
def test_what_is_written_is_read(context: TraceContext) -> None:
    """Any context passes through the headers of a record unchanged."""
    assert of_headers(context.headers()) == context


@given(st.one_of(st.text(), NEARLY, st.binary().map(lambda raw: raw.decode("latin-1"))), st.text())
def test_whatever_comes_is_a_well_formed_context_or_none(text: str, state: str) -> None:
    """Nothing raises, and what is passed on can neither be malformed nor break a header."""
    found = parse(text, state)
    if found is not None:
        assert parse(found.traceparent, found.state) == found
        assert text[3:52] == found.traceparent[3:52]
        assert re.fullmatch(r"[ -~]{0,512}", found.state)


@given(st.lists(st.tuples(st.text(), st.none() | st.binary())))
def test_headers_of_others_hurt_nobody(headers: list[tuple[str, bytes | None]]) -> None:
    """Whatever a producer puts beside a record."""
    assert of_headers(headers) is None or any(name.lower().endswith("traceparent") for name, _ in headers)
