"""Which forms are of this page."""

import pytest

from streams.gateway.connect.forgery import is_ours

BASE = "https://in.example"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://in.example", "host": "in.example", "sec-fetch-site": "same-origin"},
        {"origin": "https://in.example", "host": "10.0.0.7:9104"},
        {"origin": "http://127.0.0.1:9104", "host": "127.0.0.1:9104"},
        {"sec-fetch-site": "same-origin", "host": "in.example"},
    ],
)
def test_a_form_of_our_own_page_is_ours(headers: dict[str, str]) -> None:
    """Under the name of the settings, behind a proxy, and under the one that was called."""
    assert is_ours(headers, BASE)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "in.example"},
        {"origin": "null", "host": "in.example"},
        {"origin": "https://evil.example", "host": "in.example"},
        {"origin": "http://in.example", "host": "10.0.0.7"},
        {"origin": "https://in.example.evil.example", "host": "in.example"},
        {"origin": "https://in.example", "host": "in.example", "sec-fetch-site": "cross-site"},
        {"origin": "https://a.in.example", "host": "in.example", "sec-fetch-site": "same-site"},
        {"origin": "https://[", "host": "in.example"},
        {"origin": "in.example", "host": ""},
    ],
)
def test_any_other_form_is_not(headers: dict[str, str]) -> None:
    """Another site's, a sandbox's, and one of which nobody says whose it is."""
    assert not is_ours(headers, BASE)
