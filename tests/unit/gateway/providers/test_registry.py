"""All providers by name, and a user's own over the shipped ones."""

from pathlib import Path

import pytest

from streams.errors import LoadError
from streams.gateway.incoming import Incoming
from streams.gateway.providers.registry import SHIPPED, load
from tests.unit.gateway.providers.made import ALIASES, HEAD, NAMED


def test_a_folder_of_ones_own_adds_and_replaces(tmp_path: Path) -> None:
    """A file adds a provider, or stands for the shipped one of its name; the rest stays."""
    (tmp_path / "parcels.yaml").write_text(HEAD + NAMED + ALIASES)
    (tmp_path / "shopify.yaml").write_text(HEAD + NAMED + ALIASES)
    providers = load([tmp_path])
    assert set(providers) == {*load(), "parcels"}
    assert providers["shopify"].mapping.vendor == "Parcels"
    assert list(providers) == sorted(providers)


def test_a_later_folder_goes_over_an_earlier_one(tmp_path: Path) -> None:
    """Of two files of one name the last counts."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.yaml").write_text(HEAD.replace("Parcels", folder) + NAMED + ALIASES)
    assert load([tmp_path / "a", tmp_path / "b"])["x"].mapping.vendor == "b"


def test_all_files_are_looked_at_before_anything_is_said(tmp_path: Path) -> None:
    """Findings of several files come together, each with its path."""
    (tmp_path / "a.yaml").write_text("vendor: 5\n")
    (tmp_path / "b.yaml").write_bytes(b"\xff")
    with pytest.raises(LoadError) as error:
        load([tmp_path])
    assert [Path(found.path).name for found in error.value.findings] == ["b.yaml"]
    (tmp_path / "a.yaml").write_text("vendors: A\n")
    with pytest.raises(LoadError) as error:
        load([tmp_path])
    assert {Path(found.path).name for found in error.value.findings} == {"a.yaml", "b.yaml"}


def test_a_folder_that_is_none_is_found(tmp_path: Path) -> None:
    """A slip in a path does not end in fewer providers."""
    with pytest.raises(LoadError, match="is no folder"):
        load([tmp_path / "none"])


def test_who_fetches_may_block() -> None:
    """A route knows which signatures to check in a thread."""
    assert {name for name, each in load().items() if each.may_block} == {
        "amazon_connect",
        "amazon_ses",
        "google_business_profile",
    }


def test_the_shipped_files_say_where_they_are_documented() -> None:
    """Whoever doubts a mapping finds what it was read against."""
    for name, each in load().items():
        assert each.mapping.reference.startswith("https://") or each.mapping.reference.startswith("deploy/"), name
    assert SHIPPED.is_dir()


def test_the_time_of_reading_plays_no_part() -> None:
    """An event without a time has none until the door; so a retry is the same."""
    parcels = load()["twilio"]
    body = b"MessageSid=SM1&SmsStatus=received&From=%2B34600000001&Body=hi"
    assert parcels.read(Incoming(body=body), 1) == parcels.read(Incoming(body=body), 2)
