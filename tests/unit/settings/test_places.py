"""Where the shipped files are found."""

from pathlib import Path

import pytest

from streams.settings import places


def test_the_shipped_rules_are_found_from_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers run in a folder of data; a folder of that name beside the process comes first, and so do others."""
    monkeypatch.chdir(tmp_path)
    assert places.rules(["deploy/rules", "mine.yaml"]) == (str(places.DEPLOY / "rules"), "mine.yaml")
    Path("deploy/rules").mkdir(parents=True)
    assert places.rules(["deploy/rules"]) == ("deploy/rules",)
