"""`touchpoint gateway keys` on a real file."""

import json
from functools import partial
from pathlib import Path

import pytest

from streams.cli.gateway_keys import command
from streams.errors import TouchpointError
from streams.gateway.keys.file import place
from streams.gateway.keys.key import Key
from streams.gateway.keys.ring import Ring
from streams.settings.settings import Settings
from tests.unit.cli import verbs

NOW = 1_800_000_000_000
run = partial(verbs.run, command)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Keep the keys in the test's folder."""
    return Settings(data_dir=str(tmp_path))


def find(settings: Settings, text: str) -> Key | None:
    """Return what a key opens in a gateway that starts now."""
    return Ring(place(Path(settings.data_dir)), lambda: NOW).find(text)


def test_a_key_is_made_listed_rotated_and_revoked(settings: Settings) -> None:
    """Its text is the only line on standard output, so that it can be piped."""
    made = run(
        settings, "create", "--source", "//shop.example", "--kind", "browser", "--type", "page.*", "--type",
        "payment.failed", "--origin", "https://shop.example", "--rate", "50", "--burst", "200",
    )  # fmt: skip
    text = made.stdout.strip()
    key = find(settings, text)
    assert key is not None
    line = (
        f"{key.id} //shop.example browser may send page.*,payment.failed from https://shop.example"
        " 50/s burst 200 never expires\n"
    )
    assert made.stderr == line
    assert run(settings, "list").stdout == line
    second = run(settings, "rotate", key.id).stdout.strip()
    assert find(settings, second) is not None
    assert run(settings, "revoke", key.id).stdout == f"revoked {key.id}\n"
    assert find(settings, text) is None
    assert "revoked 20" in run(settings, "list").stdout
    assert find(settings, second) is not None


def test_a_program_reads_json(settings: Settings) -> None:
    """The text once, and never in the list."""
    made = json.loads(
        run(settings, "create", "--source", "mail", "--kind", "webhook", "--provider", "sendgrid", "--days", "90",
            "--json").stdout
    )  # fmt: skip
    listed = run(settings, "list", "--json").stdout
    assert json.loads(listed) == [made["key"]]
    assert made["text"] not in listed
    assert made["key"]["provider"] == "sendgrid"
    assert abs(made["key"]["expires_at"] - made["key"]["created_at"] - 90 * 86_400_000) < 5_000


@pytest.mark.parametrize(
    ("arguments", "message", "remedy"),
    [
        (("create", "--source", "shop", "--type", "paymnt.failed"), "no type", "did you mean payment.failed"),
        (("create", "--source", "shop", "--type", "nothing.*"), "no type", ""),
        (("create", "--source", " "), "source", "//shop.example/web"),
        (("create", "--source", "shop", "--kind", "browser", "--type", "page.*"), "from which pages", "--origin"),
        (("create", "--source", "shop", "--kind", "webhook"), "whose webhooks", "--provider"),
        (
            ("create", "--source", "shop", "--kind", "webhook", "--provider", "sengrid"),
            "unknown provider",
            "`sendgrid`",
        ),
        (("create", "--source", "shop", "--kind", "webhook", "--provider", "nobody"), "unknown provider", "shopify"),
        (("create", "--source", "shop", "--provider", "nobody"), "for webhook keys", "--kind webhook"),
        (("revoke", "0123456789abcdef"), "no valid key", "keys list"),
        (("rotate", "0123456789abcdef"), "no valid key", "keys list"),
    ],
)
def test_what_cannot_be_is_refused(settings: Settings, arguments: tuple[str, ...], message: str, remedy: str) -> None:
    """With what to do instead."""
    with pytest.raises(TouchpointError, match=message) as error:
        run(settings, *arguments)
    assert error.value.remedy
    assert remedy in error.value.remedy


def test_a_provider_of_ones_own_has_keys_too(settings: Settings, tmp_path: Path) -> None:
    """Where its folder is a setting of the gateway; otherwise the key would only ever be told that nobody is there."""
    mappings = tmp_path / "mappings"
    mappings.mkdir()
    (mappings / "parcels.yaml").write_text(
        "vendor: P\nreference: r\nsignature: {scheme: secret}\nevent: k\nid: i\naliases: {late: shipment.delayed}\n"
    )
    create = ("create", "--source", "//parcels", "--kind", "webhook", "--provider", "parcels")
    with pytest.raises(TouchpointError, match="unknown provider `parcels`") as error:
        run(settings, *create)
    assert "--mappings" in error.value.remedy
    assert not place(Path(settings.data_dir)).exists()
    with_own = Settings(data_dir=settings.data_dir, gateway_mappings=(str(mappings),))
    key = find(settings, run(with_own, *create).stdout.strip())
    assert key is not None
    assert key.provider == "parcels"


def test_a_third_live_key_is_refused(settings: Settings) -> None:
    """The command that makes room is in the answer."""
    for _ in range(2):
        run(settings, "create", "--source", "shop")
    with pytest.raises(TouchpointError, match="2 live server keys") as error:
        run(settings, "create", "--source", "shop")
    assert "touchpoint gateway keys revoke " in error.value.remedy


def test_a_key_for_a_service_is_written_once_into_its_file(settings: Settings, tmp_path: Path) -> None:
    """For its owner alone, and printed nowhere; made anew only where the one in the file opens nothing any more."""
    file = tmp_path / "canary.key"
    create = partial(run, settings, "create", "--source", "//canary", "--into", str(file))
    made = create()
    text = file.read_text().strip()
    key = find(settings, text)
    assert key is not None
    assert (made.stdout, text in made.stderr, file.stat().st_mode & 0o777) == ("", False, 0o600)
    assert create().stderr == f"{file} holds a live key\n"
    run(settings, "revoke", key.id)
    create()
    assert find(settings, file.read_text().strip()) not in (None, key)


def test_a_key_that_cannot_be_written_is_said_to_be_lost(settings: Settings, tmp_path: Path) -> None:
    """It exists, so it is to be revoked."""
    with pytest.raises(TouchpointError) as caught:
        run(settings, "create", "--source", "//canary", "--into", str(tmp_path / "none" / "key"))
    assert "revoke it" in caught.value.remedy
