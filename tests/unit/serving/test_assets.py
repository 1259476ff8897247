"""Files beside pages."""

from pathlib import Path

import pytest

from streams.serving.assets import Assets


def test_a_file_is_found_at_its_address_alone(tmp_path: Path) -> None:
    """Which begins with the path of its page."""
    (tmp_path / "page.css").write_text("p { color: red }")
    assets = Assets(tmp_path, "/page/static")
    address = assets.address("page.css")
    found = assets.find(address)
    assert address.startswith("/page/static/")
    assert found is not None
    assert (found.content, found.media_type) == (b"p { color: red }", "text/css")
    assert assets.find("/page/static/page.css") is None


def test_another_content_has_another_address(tmp_path: Path) -> None:
    """So a browser that keeps the old one forever asks for the new one."""
    (tmp_path / "page.js").write_text("1")
    old = Assets(tmp_path, "/static").address("page.js")
    (tmp_path / "page.js").write_text("2")
    new = Assets(tmp_path, "/static")
    assert new.address("page.js") != old
    assert new.find(old) is None


def test_what_no_page_needs_is_not_served(tmp_path: Path) -> None:
    """An editor's copy, say."""
    (tmp_path / "page.js~").write_text("1")
    with pytest.raises(KeyError):
        Assets(tmp_path, "/static").address("page.js~")
