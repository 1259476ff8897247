"""One request as it came."""

from streams.gateway.api.request import MOST_FIELDS, Request


def request(query: bytes = b"", *headers: tuple[bytes, bytes]) -> Request:
    """Return a request."""
    return Request(
        {
            "method": "POST",
            "path": "/v1/webhooks/é",
            "raw_path": b"/v1/webhooks/%C3%A9",
            "headers": list(headers),
            "query_string": query,
        }
    )


def test_the_last_value_of_a_name_counts() -> None:
    """An empty one too."""
    assert request(b"a=1&a=2&b=").query == {"a": "2", "b": ""}


def test_a_query_without_end_is_none() -> None:
    """What it would say is unknown."""
    assert request(b"&".join([b"a=1"] * (MOST_FIELDS + 1))).query == {}


def test_the_type_of_a_body_is_told_without_its_parameters() -> None:
    """Whatever its case."""
    assert request(b"", (b"content-type", b" Application/JSON ; charset=utf-8")).media_type == "application/json"
    assert request().media_type == ""


def test_an_adapter_gets_the_address_as_it_was_called() -> None:
    """Some signatures cover it letter by letter."""
    asked = request(b"key=a%20b", (b"x-signature", b"abc"))
    asked.body = b"body"
    incoming = asked.incoming("https://in.example")
    assert incoming.url == "https://in.example/v1/webhooks/%C3%A9?key=a%20b"
    assert (incoming.headers, incoming.query, incoming.body) == ({"x-signature": "abc"}, {"key": "a b"}, b"body")
