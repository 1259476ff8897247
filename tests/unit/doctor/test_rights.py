"""What components must be allowed is what acls.sh grants them."""

from pathlib import Path

import pytest

from streams.desk.service.reader import GROUP as DESK_GROUP
from streams.doctor.rights import GROUPS, USERS, Right, needed
from streams.settings.declared import Part
from streams.worker.kit import GROUP as WORKER_GROUP
from tests.deploy.grants import granted


@pytest.mark.parametrize("part", USERS)
def test_a_component_asks_for_what_it_is_granted(part: Part, tmp_path: Path) -> None:
    """Right by right."""
    grants = {
        Right(each.operation, each.resource, each.name, each.pattern == "prefixed") for each in granted(tmp_path, part)
    }
    assert set(needed(part)) == grants


def test_the_groups_are_those_that_are_joined() -> None:
    """By their names in the code that joins them."""
    assert {Part.WORKER: WORKER_GROUP, Part.DESK: DESK_GROUP} == GROUPS


def test_a_namespace_goes_in_front_of_the_names_of_the_worker_alone() -> None:
    """Of topics, group and transactional ids."""
    assert all(right.name.startswith("x-") for right in needed(Part.WORKER, "x-"))
    assert len(needed(Part.WORKER, "x-")) == len(needed(Part.WORKER))
    assert needed(Part.GATEWAY, "x-") == needed(Part.GATEWAY)
