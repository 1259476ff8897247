"""One setting names many processes."""

import socket

from streams.settings.instance import instance_name


def test_the_name_of_the_host_is_asked_for_by_a_word() -> None:
    """Every other name, and none, is as it was set."""
    assert [instance_name(each) for each in ("@hostname", "worker-3", "")] == [socket.gethostname(), "worker-3", ""]
