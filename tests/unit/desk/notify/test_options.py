"""The options of a channel."""

from pathlib import Path

import pytest

from streams.desk.notify.options import Options, is_inside, is_link_local
from streams.desk.notify.receiver import ChannelSpec
from streams.errors import SettingError


def options(environ: dict[str, str] | None = None, **given: str) -> Options:
    """Return the options of one channel."""
    return Options("store-team", ChannelSpec("webhook", given), environ or {})


def test_an_option_stands_there_itself_in_a_variable_or_in_a_file(tmp_path: Path) -> None:
    """The three are the same; spaces around what a file holds do not count."""
    file = tmp_path / "channel"
    file.write_text("C1\n")
    found = [
        options(channel="C1").text("channel"),
        options({"CHANNEL": "C1"}, channel_env="CHANNEL").text("channel"),
        options(channel_file=str(file)).text("channel"),
        options().text("channel", "C1"),
    ]
    assert found == ["C1"] * 4


@pytest.mark.parametrize(
    ("given", "message", "remedy"),
    [
        ({}, "`secret` is missing", "give secret_env (a variable) or secret_file (a path)"),
        ({"secret": "s3cret"}, "`secret` is a secret", "put it into a variable or a file"),
        ({"secret_env": "NONE"}, "the variable NONE is not set", "set NONE, or change `secret_env`"),
        ({"secret_env": "EMPTY"}, "the variable EMPTY is not set", "set EMPTY"),
        ({"secret_file": "/nowhere/at/all"}, "`secret_file` cannot be read", "check the path and its rights"),
    ],
)
def test_a_secret_that_is_not_there_stops_the_desk(given: dict[str, str], message: str, remedy: str) -> None:
    """With receiver, channel and remedy, and never with the secret."""
    with pytest.raises(SettingError) as caught:
        options({"EMPTY": " "}, **given).secret("secret")
    assert caught.value.place == "receivers: store-team: webhook"
    assert message in caught.value.message
    assert remedy in caught.value.remedy
    assert "s3cret" not in str(caught.value)


def test_an_empty_file_is_no_secret(tmp_path: Path) -> None:
    """An empty key would sign nothing."""
    (tmp_path / "key").touch()
    with pytest.raises(SettingError, match="`secret_file` is empty"):
        options(secret_file=str(tmp_path / "key")).secret("secret")


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/x",
        "http://127.0.0.1:9093",
        "http://[::1]:9093",
        "http://10.0.0.7/x",
        "http://alertmanager:9093",
        "http://alerts.monitoring.svc:9093",
    ],
)
def test_addresses_of_the_web_are_taken(url: str) -> None:
    """HTTPS to anywhere, plain HTTP to what is inside; a slash at the end does not count."""
    assert options(url=f"{url}/").url("url") == url


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://hooks.example.com/x", "sent in the clear"),
        ("http://93.184.216.34/x", "sent in the clear"),
        ("http://169.254.169.254/latest/meta-data", "link-local"),
        ("https://[fe80::1]/x", "link-local"),
        ("ftp://host/x", "no address of the web"),
        ("file:///etc/passwd", "no address of the web"),
        ("https://", "no address of the web"),
        ("hooks.example.com", "no address of the web"),
        ("https://a b/", "no address of the web"),
        ("https://a\r\nHost: b/", "no address of the web"),
        ("", "no address of the web"),
    ],
)
def test_other_addresses_stop_the_desk(url: str, message: str) -> None:
    """Nothing leaves in the clear, and nothing goes where clouds keep their secrets."""
    with pytest.raises(SettingError, match=message):
        options(url=url).url("url")


def test_an_unknown_option_is_named_with_those_that_are_known() -> None:
    """A typing error does not become a default in silence."""
    found = options(url="https://x", chanel="C1")
    found.url("url")
    found.text("channel", "")
    with pytest.raises(SettingError, match="unknown option `chanel`") as caught:
        found.finish()
    assert caught.value.remedy == "it knows channel, url"


def test_a_choice_is_one_of_its_words() -> None:
    """The first by default."""
    assert options().choice("security", ("starttls", "none")) == "starttls"
    with pytest.raises(SettingError, match="`security` is `ssl`"):
        options(security="ssl").choice("security", ("starttls", "none"))


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("localhost", True),
        ("mail", True),
        ("db.internal", True),
        ("192.168.1.5", True),
        ("8.8.8.8", False),
        ("a.example", False),
    ],
)
def test_inside_is_what_a_name_or_number_says(host: str, inside: bool) -> None:
    """Private numbers, names without a dot, and the endings that are for inside."""
    assert is_inside(host) is inside
    assert not is_link_local(host)
