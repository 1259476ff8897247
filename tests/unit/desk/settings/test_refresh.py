"""The desk's file while the desk runs."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from streams.desk.routing.oncall import on_call
from streams.desk.settings.refresh import OLDEST, DeskFile
from streams.errors import LoadError

NOW = datetime(2026, 3, 16, tzinfo=UTC)
AT = int(NOW.timestamp()) * 1000
TEXT = """\
receivers: [{name: eva, channels: [{kind: x}]}, {name: chat, channels: [{kind: x}]}]
on_call: [{name: front, file: front.ics, people: {Eva: eva}, fallback: chat}]
route: {receiver: front}
"""
ROTA = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART:20260316T000000Z
DTEND:20260317T000000Z
SUMMARY:Eva
END:VEVENT
END:VCALENDAR
"""


def write(path: Path, text: str, mtime: int) -> None:
    """Write a file as of then."""
    path.write_text(text)
    os.utime(path, (mtime, mtime))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file of the desk with a rota beside it."""
    write(tmp_path / "desk.yaml", TEXT, 1)
    write(tmp_path / "front.ics", ROTA, 1)
    return tmp_path / "desk.yaml"


def test_it_is_read_again_when_it_or_a_rota_changes(path: Path) -> None:
    """And only then."""
    file = DeskFile(path, NOW)
    assert on_call(file.policy.rotas["front"], AT).receivers == ("eva",)
    assert not file.refresh(NOW)
    write(path.parent / "front.ics", ROTA.replace("20260316T", "20260315T").replace("20260317T", "20260316T"), 2)
    assert file.refresh(NOW)
    assert on_call(file.policy.rotas["front"], AT).receivers == ("chat",)
    write(path, TEXT.replace("{receiver: front}", "{receiver: chat}"), 3)
    assert file.refresh(NOW)
    assert file.policy.route.receiver == "chat"


def test_it_is_read_again_once_a_day(path: Path) -> None:
    """So that there are always shifts ahead."""
    file = DeskFile(path, NOW)
    before = file.policy.rotas["front"].read_until
    assert not file.refresh(NOW + OLDEST - timedelta(seconds=1))
    assert file.refresh(NOW + OLDEST)
    assert file.policy.rotas["front"].read_until > before


def test_a_mistake_made_later_keeps_what_was_right(path: Path) -> None:
    """It is said, and forgotten once it is mended; at the start it is an error."""
    file = DeskFile(path, NOW)
    write(path, "route: {receiver: nobody}", 2)
    assert not file.refresh(NOW)
    assert file.problem is not None
    assert "unknown receiver `nobody`" in str(file.problem)
    assert file.policy.route.receiver == "front"
    with pytest.raises(LoadError):
        DeskFile(path, NOW)
    path.unlink()
    assert not file.refresh(NOW)
    write(path, TEXT, 3)
    assert file.refresh(NOW)
    assert file.problem is None
