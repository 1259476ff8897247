"""What `deploy/desk/NOTIFY.md` shows is what the desk does."""

import re
from pathlib import Path
from typing import Any

import pytest

from streams import documents
from streams.desk.notify import template, webhook
from streams.desk.notify.channels import KINDS
from streams.desk.notify.delivery import Policy
from streams.desk.notify.notice import About, Kind
from streams.settings.places import DEPLOY
from tests.unit.desk.notify.notices import notice

TEXT = (DEPLOY / "desk" / "NOTIFY.md").read_text(encoding="utf-8")
NOW = 1_795_348_800


def blocks(language: str) -> list[str]:
    """Return the examples in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def test_the_check_for_receivers_believes_the_desk_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function in the page is the one that people will copy."""
    (source,) = blocks("python")
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102 # our own page
    monkeypatch.setattr("time.time", lambda: float(NOW))
    check = names["is_from_the_desk"]
    assert check("secret", webhook.sign("secret", NOW - 300, b"{}"), b"{}")
    assert not check("secret", webhook.sign("secret", NOW - 301, b"{}"), b"{}")
    assert not check("secret", webhook.sign("another", NOW, b"{}"), b"{}")
    assert not check("secret", webhook.sign("secret", NOW, b"{}"), b"{ }")


def test_the_template_in_the_page_is_one(tmp_path: Path) -> None:
    """It can be read, and asks for the option that the page says."""
    (source,) = blocks("json")
    file = tmp_path / "mine.json"
    file.write_text(source)
    found = template.read(file)
    assert template.names(found) - template.values(notice(), found).keys() == {"id", "queue"}


@pytest.mark.parametrize("source", blocks("yaml"))
def test_every_example_is_yaml(source: str) -> None:
    """As this project reads it."""
    assert isinstance(documents.read(source, "NOTIFY.md"), documents.Mapping)


def test_the_page_names_everything() -> None:
    """Kinds of channels, of notices and of what they are about; placeholders; how long a channel is tried."""
    own = template.values(notice(), template.read(template.FOLDER / "zendesk.json")).keys() - {"priority"}
    named = set(re.findall(r"`([a-z_]+)`", TEXT))
    assert KINDS.keys() - named == set()
    assert own - named == set()
    assert [each.value for each in (*Kind, *About) if each.value not in TEXT] == []
    assert (Policy().patience_sec, Policy().give_up_sec, Policy().most_sec) == (120, 86_400, 300)
