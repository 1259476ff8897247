"""What the document says to run is what the page shows, and the tests run."""

import re
from typing import Final

import pytest

from streams.gateway import secrets
from streams.gateway.connect.lines import Lines
from streams.gateway.connect.ways import BY_NAME
from streams.gateway.providers.registry import SHIPPED
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


def test_the_readme_shows_the_line_for_curl() -> None:
    """The same one, behind a prompt."""
    assert f"\n$ {SHOWN['curl']}\n" in (ROOT / "README.md").read_text("utf-8")


def test_the_documents_name_variables_of_providers_that_there_are() -> None:
    """What is to be entered as a secret is read."""
    read = {secrets.variable(path.stem) for path in SHIPPED.glob("*.yaml")}
    for name in ("gateway/CONNECT.md", "gateway/PROVIDERS.md", "docker/README.md"):
        text = (ROOT / "deploy" / name).read_text("utf-8")
        named = set(re.findall(r"TOUCHPOINT_WEBHOOK_[A-Z_]+_SECRET", text))
        assert named, name
        assert named <= read, name
