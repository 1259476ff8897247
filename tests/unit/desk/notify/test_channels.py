"""The channels of all receivers, built at the start."""

import pytest

from streams.desk.notify.channels import KINDS, build
from streams.desk.notify.receiver import ChannelSpec, Receiver
from streams.errors import SettingError
from tests.unit.desk.notify.notices import LINKS, NOON

ENVIRON = {
    "TOKEN": "xoxb-secret",
    "KEY": "0123456789abcdef0123456789abcdef",
    "URL": "json://localhost/x",
}
EVERY = (
    ChannelSpec("alertmanager", {"url": "http://alertmanager:9093", "user": "desk", "password_env": "TOKEN"}),
    ChannelSpec("apprise", {"url_env": "URL"}),
    ChannelSpec("mail", {"host": "mail.example.com", "from": "desk@example.com", "to": "team@example.com"}),
    ChannelSpec("pagerduty", {"key_env": "KEY"}),
    ChannelSpec("slack", {"token_env": "TOKEN", "channel": "C1"}),
    ChannelSpec("ticket", {"template": "zendesk", "url": "https://x.zendesk.com", "token_env": "TOKEN"}),
    ChannelSpec("webhook", {"url": "https://hooks.example.com", "secret_env": "KEY"}),
)


async def test_every_kind_is_built_from_its_options() -> None:
    """Each channel has an address of its own, also the second of a kind."""
    receivers = [Receiver("team", EVERY, "night"), Receiver("night", (EVERY[3], EVERY[3]))]
    channels = build(receivers, environ=ENVIRON, links=LINKS, now=lambda: NOON)
    await channels.close()
    assert {address for address in channels.by_address if address[0] == "team"} == {("team", kind) for kind in KINDS}
    assert {address for address in channels.by_address if address[0] == "night"} == {
        ("night", "pagerduty"),
        ("night", "pagerduty#2"),
    }


@pytest.mark.parametrize("spec", EVERY, ids=lambda spec: spec.kind)
def test_a_missing_variable_stops_the_desk_and_not_a_page(spec: ChannelSpec) -> None:
    """Naming receiver, channel and variable; a channel without secrets needs none."""
    secrets = [name for name in spec.options.values() if name in ENVIRON]
    if not secrets:
        assert spec.kind == "mail"
        return
    with pytest.raises(SettingError, match=f"the variable {secrets[0]} is not set") as caught:
        build([Receiver("team", (spec,))], environ={}, links=LINKS, now=lambda: NOON)
    assert caught.value.place == f"receivers: team: {spec.kind}"


@pytest.mark.parametrize("spec", EVERY, ids=lambda spec: spec.kind)
def test_an_option_that_a_channel_does_not_know_stops_the_desk(spec: ChannelSpec) -> None:
    """Whatever the channel."""
    wrong = ChannelSpec(spec.kind, {**spec.options, "colour": "red"})
    with pytest.raises(SettingError, match="unknown option `colour`"):
        build([Receiver("team", (wrong,))], environ=ENVIRON, links=LINKS, now=lambda: NOON)


@pytest.mark.parametrize(
    ("receivers", "message"),
    [
        ([Receiver("a", (ChannelSpec("pigeon"),))], "unknown kind `pigeon`"),
        ([Receiver("a", ())], "it has no channels"),
        ([Receiver("a", EVERY[:1], "b")], "`fallback` is `b`"),
        ([Receiver("a", EVERY[:1], "a")], "`fallback` is `a`"),
        ([Receiver("a", EVERY[:1]), Receiver("a", EVERY[:1])], "two receivers have this name"),
    ],
)
def test_receivers_that_cannot_work_stop_the_desk(receivers: list[Receiver], message: str) -> None:
    """Before anything is owed to them."""
    with pytest.raises(SettingError, match=message) as caught:
        build(receivers, environ=ENVIRON, links=LINKS, now=lambda: NOON)
    assert caught.value.place.startswith("receivers: a")
    assert caught.value.remedy
