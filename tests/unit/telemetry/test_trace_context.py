import pytest

from streams.telemetry.trace_context import TraceContext, of_headers, parse

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CONTEXT = TraceContext(TRACE, SPAN)


@pytest.mark.parametrize(
    ("text", "is_sampled"),
    [
        (f"00-{TRACE}-{SPAN}-01", True),
        (f"00-{TRACE}-{SPAN}-00", False),
        (f"00-{TRACE}-{SPAN}-03", True),
        (f"cc-{TRACE}-{SPAN}-01", True),
        (f"cc-{TRACE}-{SPAN}-01-what-the-future-brings", True),
    ],
)
def test_the_examples_of_the_recommendation_are_read(text: str, is_sampled: bool) -> None:
    """Other flags mean nothing to us, and a later version begins as ours does."""
    assert parse(text) == TraceContext(TRACE, SPAN, is_sampled)


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}",
        f"cc-{TRACE}-{SPAN}-01.more",
        f" 00-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n",
    ],
)
def test_what_is_malformed_is_as_good_as_absent(text: str) -> None:
    """The recommendation asks to begin anew, not to refuse."""
    assert parse(text, "vendor=1") is None


@pytest.mark.parametrize(("state", "kept"), [("a=1,b=2", "a=1,b=2"), ("x" * 513, ""), ("a=ñ", ""), ("a=1\r\nb: 2", "")])
def test_a_state_is_passed_on_or_dropped_alone(state: str, kept: str) -> None:
    """A state that is too long or could break a header does not take the trace with it."""
    assert parse(CONTEXT.traceparent, state) == TraceContext(TRACE, SPAN, state=kept)


def test_records_of_kafka_bear_it_in_their_headers() -> None:
    """What one process writes the next one reads."""
    one = TraceContext(TRACE, SPAN, is_sampled=False, state="a=1")
    assert of_headers(one.headers()) == one
    assert [name for name, _ in CONTEXT.headers()] == ["traceparent"]


def test_the_transport_goes_before_the_event() -> None:
    """A CloudEvent's own trace counts where the record has none that is well-formed."""
    event = ("ce_traceparent", CONTEXT.traceparent.encode())
    other = TraceContext("1" * 32, "2" * 16)
    assert of_headers([event, *other.headers()]) == other
    assert of_headers([event, ("traceparent", b"\xff"), ("tracestate", None)]) == CONTEXT
    assert of_headers([("content-type", b"application/json")]) is None
