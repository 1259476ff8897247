"""Secrets from the environment and from files."""

from pathlib import Path

from streams.gateway import secrets


def test_each_provider_has_a_variable_of_its_own() -> None:
    """Whatever its name is spelled like."""
    assert secrets.of_provider({"TOUCHPOINT_WEBHOOK_AMAZON_SES_SECRET": "s"}, "amazon-ses") == "s"


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    """Whose path is in the variable of the same name with `_FILE` behind it."""
    file = tmp_path / "secret"
    file.write_text("aud:a\nemail:b\n")
    found = secrets.of_provider(
        {f"{secrets.variable('google_business_profile')}_FILE": str(file)}, "google_business_profile"
    )
    assert found == "aud:a\nemail:b"


def test_the_secret_of_hashes_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """And is the same after a restart; one that is set comes before it."""
    file = tmp_path / "gateway" / "identity.key"
    made = secrets.identity({}, file)
    assert len(made) >= 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert secrets.identity({}, file) == made
    assert secrets.identity({secrets.IDENTITY: "set"}, file) == b"set"
