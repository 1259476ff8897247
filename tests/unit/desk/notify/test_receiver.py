"""Receivers and the names of their channels."""

import pytest

from streams.desk.notify.channels import KINDS
from streams.desk.notify.notice import Kind
from streams.desk.notify.receiver import EDITING, ChannelSpec, Receiver, is_for


def test_channels_of_one_kind_are_told_apart() -> None:
    """By their order, so that adding one at the end renames none."""
    kinds = ("slack", "mail", "slack", "slack")
    receiver = Receiver("team", tuple(ChannelSpec(kind) for kind in kinds))
    assert [slot for slot, _ in receiver.slots()] == ["slack", "mail", "slack#2", "slack#3"]


def test_what_edits_is_a_kind_of_channel() -> None:
    """No name is in the list that no channel has."""
    assert KINDS.keys() > EDITING


@pytest.mark.parametrize(
    ("slot", "kind", "told"),
    [
        ("slack#2", Kind.ACKNOWLEDGED, True),
        ("pagerduty", Kind.ACKNOWLEDGED, True),
        ("mail", Kind.ACKNOWLEDGED, False),
        ("apprise", Kind.ACKNOWLEDGED, False),
        ("alertmanager", Kind.ACKNOWLEDGED, False),
        ("mail", Kind.RESOLVED, True),
    ],
)
def test_only_an_acknowledgement_is_kept_from_some(slot: str, kind: Kind, told: bool) -> None:
    """From those where it would be one more message."""
    assert is_for(slot, kind) is told
