"""What the document says to run is what the page shows, and the tests run."""

import re
from typing import Final

import pytest

from streams.gateway.connect.lines import Lines
from streams.gateway.connect.ways import BY_NAME
from streams.settings.settings import Settings
from tests.architecture.test_imports import ROOT

DOCUMENT: Final = (ROOT / "deploy" / "gateway" / "CONNECT.md").read_text("utf-8")
SHOWN: Final = dict(re.findall(r"<!-- line: ([a-z]+) -->\n```[a-z]+\n(.*?)\n```", DOCUMENT, re.DOTALL))


@pytest.mark.parametrize("name", [name for name in BY_NAME if name != "shop"])
def test_the_document_shows_the_line_of_the_page(name: str) -> None:
    """With the defaults of the settings in it."""
    defaults = Settings()
    lines = Lines(defaults.bootstrap_servers)
    assert SHOWN[name] == lines.draw(BY_NAME[name], url=f"http://127.0.0.1:{defaults.gateway_port}", id_="first-1")
