"""Apprise, through its own JSON service and a real server."""

import logging

import pytest

from streams.desk.notify import apprise_
from streams.desk.notify.channel import Failed, Reason, Receipt, Sent
from streams.desk.notify.notice import Kind
from streams.desk.notify.options import Options
from streams.desk.notify.receiver import ChannelSpec
from streams.errors import SettingError
from tests.contract.desk.notify.provider import Answer, Provider
from tests.unit.desk.notify.notices import LINK, LINKS, notice


def built(url: str) -> apprise_.Apprise:
    """Return the channel as the configuration makes it."""
    options = Options("team", ChannelSpec("apprise", {"url_env": "URL"}), {"URL": url})
    channel = apprise_.build(options, LINKS)
    options.finish()
    return channel


async def test_a_message_says_what_a_mail_says(provider: Provider) -> None:
    """Headline, link and the signed link that acknowledges; the worst is marked as a failure."""
    channel = built(provider.url.replace("http", "json"))
    assert await channel.send(notice(), None) == Sent(Receipt())
    await channel.close()
    body = provider.asked[0].body
    assert body["title"] == "Critical: Payment keeps failing (Case 12, New)"
    assert LINK in body["message"]
    assert LINKS.acknowledge(notice()) in body["message"]
    assert body["type"] == "failure"


async def test_a_correction_is_a_message_of_its_own(provider: Provider) -> None:
    """Apprise cannot edit; what is over is marked as a success."""
    channel = built(provider.url.replace("http", "json"))
    for kind in (Kind.OPENED, Kind.CORRECTED, Kind.RESOLVED):
        assert isinstance(await channel.send(notice(kind=kind), Receipt()), Sent)
    await channel.close()
    assert [asked.body["type"] for asked in provider.asked] == ["failure", "failure", "success"]
    assert "Corrected" in provider.asked[1].body["title"]


async def test_a_service_that_hangs_does_not_hang_the_desk(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It blocks one of a few threads, and the loop goes on; the attempt ends in a time-out."""
    monkeypatch.setattr(apprise_, "ATTEMPT_SEC", 0.2)
    channel = built(f"json://127.0.0.1:{silent_port}?rto=1&cto=1")
    assert await channel.send(notice(), None) == Failed(Reason.TIMEOUT, retry=True)
    await channel.close()


async def test_the_secrets_of_an_address_stay_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever fails and however much is logged."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "aiohttp.access")  # of the server in this test
    async with Provider(lambda _: Answer(403)) as provider:
        channel = built(provider.url.replace("http://", "json://user:s3cret@") + "/t0ken")
        assert await channel.send(notice(), None) == Failed(Reason.UNAUTHORIZED, retry=False)
        await channel.close()
    assert "s3cret" not in caplog.text
    assert "t0ken" not in caplog.text


@pytest.mark.parametrize("url", ["nonsense", "nowhere://x", "slack://"])
def test_an_address_that_apprise_does_not_know_stops_the_desk(url: str) -> None:
    """Before the first message, without showing it."""
    with pytest.raises(SettingError, match="no address that Apprise knows") as caught:
        built(url)
    assert caught.value.place == "receivers: team: apprise"
    assert url not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "tgram://123456789:AAABBBCCCDDDEEEFFFGGGHHHIIIJJJKKKLL/12315544",
        "workflows://host/workflow/signature",
        "mailto://user:password@example.com",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        "matrix://user:pass@localhost/#room",
    ],
)
def test_the_services_that_teams_use_are_there(url: str) -> None:
    """Telegram, Teams, mail, Slack, Discord and Matrix."""
    assert built(url) is not None
