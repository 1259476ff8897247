"""No password that somebody writes into a URL is ever shown, wherever it stands in it and whatever it is made of."""

import asyncio
import json
import os
import string
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.broker.probe import free_port
from streams.doctor.examine import examine
from streams.doctor.patient import Patient, settings_of
from streams.settings.catalogue import SETTINGS
from streams.settings.check import check
from streams.settings.declared import EVERY, Holds, Secret
from streams.settings.redacted import MASK, redacted

URLS: Final = sorted(
    name for name, each in SETTINGS.items() if each.declared.holds is Holds.URL or each.declared.secret is Secret.URL
)
# Nothing of it is in what is said otherwise, so that finding it says that it was shown.
_BODY: Final = st.text(string.punctuation + "QXZ0789 é\t", min_size=1, max_size=12)
SECRETS: Final = _BODY.map(lambda body: f"QxZ{body}ZxQ")
# A token has no colon: what is before one is a user's name, and that is shown.
PLACES: Final = (
    "{scheme}://ana:{secret}@host/x",
    "{scheme}://{token}@host/x",
    "{scheme}://{token}:@host/x",
    "{scheme}://:{secret}@host:5432/x",
    "{scheme}://ana:1{secret}@host/x",
    "{scheme}://ana:5432/{secret}@host/x",
    "{scheme}://ana:5432#{secret}@host/x",
    "{scheme}://ana:5432?{secret}@host/x",
    "{scheme}://host/x?user=ana&password={secret}",
    "{scheme}://host/x?{secret}",
    "{scheme}://host/x#token={secret}",
    "ana:{secret}@host/x",
    "//ana:{secret}@host/x",
)
WRITTEN: Final = st.builds(
    lambda place, scheme, secret: (place.format(scheme=scheme, secret=secret, token=secret.replace(":", "")), secret),
    st.sampled_from(PLACES),
    st.sampled_from(("http", "HTTPS", "postgresql", "sqlite")),
    SECRETS,
)


def is_shown(secret: str, text: str) -> bool:
    """Return whether a piece of a secret is in a text; its ends are in nothing else."""
    return any(piece in text for piece in (secret, "QxZ", "ZxQ"))


@settings(deadline=None)
@given(WRITTEN)
def test_no_password_is_in_what_show_and_check_print(written: tuple[str, str]) -> None:
    """Of any setting that is a URL, right or wrong."""
    url, secret = written
    for name in URLS:
        resolved, problems = check({SETTINGS[name].variable: url})
        said = f"{resolved.values[name].shown} {[str(each) for each in problems]}"
        assert not is_shown(secret, said), (name, said)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("", ""),
        ("http://registry:8080/apis?", "http://registry:8080/apis"),
        ("sqlite:////srv/my desk/desk.db", "sqlite:////srv/my desk/desk.db"),
        ("postgresql://desk:a@b:c@db:5432/desk?x=y", f"postgresql://desk:{MASK}@db:5432/desk?{MASK}"),
        ("http://token@[::1]:80/", f"http://{MASK}@[::1]:80/"),
        ("postgresql://u:S3C#RET@db/x", MASK),
        ("http://[::1/", MASK),
    ],
)
def test_what_is_no_secret_stays_to_be_read(url: str, shown: str) -> None:
    """Host, port and path are what people look for."""
    assert redacted(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "http://ana:hunter2@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}/?password=hunter2",
        "http://ana:1#hunter2@127.0.0.1:{port}/",
    ],
)
def test_no_password_is_in_what_the_doctor_finds(url: str, tmp_path: Path) -> None:
    """Also where what the URL names does not answer, or the URL is wrong."""
    port = free_port()
    environ = {SETTINGS[name].variable: url.format(port=port) for name in URLS}
    environ["TOUCHPOINT_DATABASE_URL"] = environ["TOUCHPOINT_DATABASE_URL"].replace("http:", "postgresql:")
    environ["TOUCHPOINT_BOOTSTRAP_SERVERS"] = f"127.0.0.1:{port}"
    environ["TOUCHPOINT_DATA_DIR"] = str(tmp_path)
    resolved, problems = check(environ)
    patient = Patient(settings=settings_of(resolved), problems=tuple(problems), environ=environ, parts=EVERY)
    found = asyncio.run(examine(patient))
    assert {one.check for one in found} >= {"database", "registry", "worker"}
    assert "hunter2" not in str(found)


def test_no_password_is_in_what_a_command_prints() -> None:
    """As text and as JSON."""
    environ = {**os.environ, "TOUCHPOINT_WORKERS": "http://ana:hunter2@a:1 http://b:1/?key=hunter2"}
    command = [sys.executable, "-m", "streams.cli", "config", "show", "--component", "desk"]
    for more in ([], ["--json"]):
        done = subprocess.run([*command, *more], env=environ, capture_output=True, check=False)
        assert b"hunter2" not in done.stdout + done.stderr
    assert json.loads(done.stdout)["workers"]["value"] == [f"http://ana:{MASK}@a:1", f"http://b:1/?{MASK}"]
