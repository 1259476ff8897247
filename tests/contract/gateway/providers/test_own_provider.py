"""The worked example of the documentation is true: a new provider is one mapping file plus a payload."""

import hashlib
import hmac
import re
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from streams.cli.gateway_try import command
from streams.errors import LoadError
from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Form, Handshake, Scheme
from streams.gateway.providers.registry import load
from streams.gateway.providers.steps import STEPS
from streams.settings import places

PAGE: Final = (places.DEPLOY / "gateway" / "PROVIDERS.md").read_text("utf-8")
EXAMPLE: Final = PAGE.partition("## A new provider, worked through")[2].partition("\n## ")[0]
PAYLOAD, MAPPING, SHOWN = re.findall(r"```(?:json|yaml|)\n(.*?)```", EXAMPLE, re.DOTALL)
NOW: Final = 1_795_341_700_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the mapping file of the page."""
    (tmp_path / "parcels.yaml").write_text(MAPPING, "utf-8")
    return tmp_path


def test_the_example_shows_what_the_page_says(folder: Path) -> None:
    """Whoever copies file and payload sees the output of the page."""
    found = CliRunner().invoke(command, ["parcels", "--mappings", str(folder)], input=PAYLOAD)
    assert (found.output, found.exit_code) == (SHOWN, 0)


def test_the_example_is_signed_as_it_says(folder: Path) -> None:
    """The signature of the page is checked like any other."""
    parcels, body = load([folder])["parcels"], PAYLOAD.encode()
    digest = hmac.new(b"s3cret", b"1795341700." + body, hashlib.sha256).hexdigest()
    incoming = Incoming(headers={"x-parcels-signature": f"t=1795341700,v1={digest}"}, body=body)
    assert parcels.is_signed(incoming, "s3cret", NOW)
    assert not parcels.is_signed(incoming, "s3cret", NOW + 600_000)


def test_the_signature_of_standard_webhooks_can_be_copied(tmp_path: Path) -> None:
    """Many a provider signs that way; what the page shows is read as it stands."""
    (block,) = re.findall(r"Standard Webhooks signs so:\n\n```yaml\n(.*?)```", PAGE, re.DOTALL)
    head, _, rest = MAPPING.partition("signature:")
    text = f"{head}{block}{rest[rest.index('events:') :]}"
    (tmp_path / "parcels.yaml").write_text(text, "utf-8")
    (found,) = load([tmp_path])["parcels"].mapping.signatures
    assert (found.id.header, found.key, found.prefix) == ("webhook-id", "base64", "v1,")


def test_the_slip_of_the_page_is_found(folder: Path) -> None:
    """The message that the page promises comes, with line and column."""
    path = folder / "parcels.yaml"
    path.write_text(MAPPING.replace("delayed: shipment.delayed", "delayed: shipment.delay", 1), "utf-8")
    with pytest.raises(LoadError) as error:
        load([folder])
    (found,) = (each for each in error.value.findings if "type" in each.message and each.column == 12)
    assert f"{found.message} ({found.remedy})" in PAGE
    assert path.read_text("utf-8").splitlines()[found.line - 1].strip() == "delayed: shipment.delay"


def test_the_page_knows_every_provider_step_and_scheme() -> None:
    """What can be written stands on the page, and each provider has its row."""
    assert sorted(re.findall(r"^\| `([a-z_]+)` \| .* \| .* \| .* \|$", PAGE, re.MULTILINE)) == list(load())
    words = set(re.findall(r"`([a-z0-9]+)`", PAGE))
    assert {*STEPS, *Scheme, *Form, *Handshake} - words == set()
