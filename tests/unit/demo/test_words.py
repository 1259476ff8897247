import shlex

from streams.cli import touchpoint
from streams.demo.data import Material
from streams.demo.words import Doors, further, introduction

DOORS = Doors("http://127.0.0.1:9103/login#x", "http://127.0.0.1:9104/connect#token=x")


def test_real_and_simulated_are_told_apart() -> None:
    """Each with its number of touchpoints and its sources, the largest first."""
    material = Material([], {"//completejourney/stores": 1_200}, {"//shop.example/web": 3, "//mailer.example": 40})
    _, real, simulated = introduction(material, 86_400)
    assert real.split() == ["real", "1,200:", "//completejourney/stores", "1,200"]
    assert simulated.startswith("  simulated  43: //mailer.example 40, //shop.example/web 3, ")


def test_what_is_proposed_can_be_typed() -> None:
    """Every command that the demo names is one of ours, with options that it has."""
    shown = [
        line.strip()
        for line in further(
            "127.0.0.1:9092",
            "http://127.0.0.1:9102",
            Doors("http://127.0.0.1:9103/login#x", "http://127.0.0.1:9104/connect#token=x"),
            "household-1",
        )
    ]
    commands = [shlex.split(line)[1:] for line in shown if line.startswith("touchpoint ")]
    assert len(commands) == 3
    for arguments in commands:
        verb, *rest = arguments
        with touchpoint.make_context("touchpoint", [verb]) as context:
            group = touchpoint.get_command(context, verb)
        assert group is not None
        sub = group.get_command(context, rest[0])  # type: ignore[attr-defined] # the three are groups
        sub.make_context(rest[0], list(rest[1:]))
