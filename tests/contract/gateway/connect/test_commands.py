"""The commands of the documents, run as they stand."""

import re
import shlex
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from streams.cli.gateway import command
from tests.architecture.test_imports import ROOT

FOLDER: Final = ROOT / "deploy" / "gateway"
TEXTS: Final = [path.read_text("utf-8").replace("\\\n", " ") for path in sorted(FOLDER.glob("*.md"))]
COMMANDS: Final = [
    line for text in TEXTS for line in re.findall(r"^\$ touchpoint gateway (.* ?keys create .*)$", text, re.MULTILINE)
]


@pytest.mark.parametrize("line", sorted(set(COMMANDS)))
def test_every_key_of_the_documents_can_be_made(line: str, tmp_path: Path) -> None:
    """On one line of standard output."""
    words = shlex.split(line, comments=True)
    if "--data-dir" in words:
        del words[words.index("--data-dir") : words.index("--data-dir") + 2]
    made = CliRunner().invoke(command, ["--data-dir", str(tmp_path), *words], catch_exceptions=False)
    assert made.exit_code == 0
    assert re.fullmatch(r"tpg_\S+\n", made.stdout)
