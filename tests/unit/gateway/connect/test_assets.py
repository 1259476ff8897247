"""The script for web pages as a file."""

from streams.gateway.connect.assets import touchpoint_js


def test_the_script_is_small_and_says_what_it_is() -> None:
    """Less than 6 KB before any compression, as text in UTF-8 that needs no other file."""
    asset = touchpoint_js()
    assert asset.media_type == "text/javascript; charset=utf-8"
    assert 0 < len(asset.body) < 6 * 1024
    assert asset.body.decode().isascii()
    assert b"import" not in asset.body
