"""What `deploy/rules/README.md` teaches is true: every example in it loads."""

import re
import textwrap

import pytest

from streams.backtest import cases
from streams.codec.vocabulary import shipped
from streams.rules.conditions import CONSTRUCTS
from streams.rules.load import load
from streams.rules.model import Moment
from streams.rules.selectors import OPERATORS
from streams.settings.places import DEPLOY

README = (DEPLOY / "rules" / "README.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
ROWS = re.findall(r"^\| `([a-z_]+: [^`]+)` \|", README, re.MULTILINE)
LIFE = (
    "severity",
    "settle",
    "follows_journey",
    "positive",
    "recovers_on",
    "lost",
    "hidden_by",
)  # how the examples of the life of an alert begin
FRAME = """\
rules:
  - id: a
    moment: FMOT
    severity: high
    title: {en: a, es: b}
    advice: {en: a, es: b}
"""


def blocks(first: str) -> list[str]:
    """Return the examples that begin with this key."""
    return [block for block in BLOCKS if block.startswith(f"{first}:")]


def test_every_block_is_of_a_kind_that_is_tried() -> None:
    """A new kind of example needs a test of its own."""
    assert {block.partition(":")[0] for block in BLOCKS} == {"rules", "type", "when", "tests", *LIFE}


@pytest.mark.parametrize("block", blocks("rules"))
def test_whole_rules_load(block: str) -> None:
    """As they stand."""
    assert load(block, "README.md", shipped())


@pytest.mark.parametrize("block", [*blocks("when"), *(f"when: {{{row}}}" for row in ROWS)])
def test_conditions_load(block: str) -> None:
    """Those in blocks and those in the table."""
    assert load(FRAME + textwrap.indent(block, "    "), "README.md", shipped())


@pytest.mark.parametrize("block", blocks("type"))
def test_selectors_load(block: str) -> None:
    """`type` and `where` go together."""
    assert load(FRAME + "    when:\n      seen:\n" + textwrap.indent(block, "        "), "README.md", shipped())


@pytest.mark.parametrize("block", [block for first in LIFE for block in blocks(first)])
def test_the_life_of_an_alert_loads(block: str) -> None:
    """What is said of an open alert goes with any condition."""
    frame = FRAME.replace("    severity: high\n", "") if block.startswith("severity:") else FRAME
    frame = frame.replace("high", "low") if block.startswith("positive:") else frame
    rule = frame + "    when: {seen: {type: payment.failed}}\n" + textwrap.indent(block, "    ")
    assert load(rule, "README.md", shipped())


@pytest.mark.parametrize("block", blocks("tests"))
def test_cases_load(block: str) -> None:
    """Against a rule that is shipped."""
    assert cases.load(block, "README.md", shipped(), ["delivery-late"])


def test_every_construct_is_taught() -> None:
    """Operators, conditions and moments all occur."""
    words = {*OPERATORS, *CONSTRUCTS}
    words |= {moment.value for moment in Moment}
    assert {word for word in words if not re.search(rf"\b{word}\b", README)} == set()
