"""One declaration a setting: what command line, environment, file and documentation say of it is the same."""

import click
import pytest
from click.testing import CliRunner

from streams.cli import desk, gateway, worker
from streams.errors import SettingError
from streams.settings.catalogue import HANDED, IN_FILE, SETTINGS, is_variable, of_part
from streams.settings.declared import Part, Secret
from streams.settings.places import DEPLOY
from streams.settings.reference import markdown
from streams.settings.setting import Setting, parse

PROCESSES = {Part.WORKER: worker.command, Part.GATEWAY: gateway.command, Part.DESK: desk.command}
TRIED = ("", "0", "-1", "1", "8", "70000", "2.5", "en", "json", "x y", "http://a:1/", "host:1", "EUR", "nan", "high")


def test_the_document_is_what_the_code_says() -> None:
    """`touchpoint config reference > deploy/SETTINGS.md` makes it anew."""
    assert (DEPLOY / "SETTINGS.md").read_text() == markdown()


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=list(SETTINGS))
def test_a_default_is_a_value_that_can_be(setting: Setting) -> None:
    """As the environment would say it."""
    default = setting.default
    text = " ".join(default) if isinstance(default, tuple) else str(default)
    assert parse(setting, text) == default


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=list(SETTINGS))
def test_an_example_is_a_value_that_can_be(setting: Setting) -> None:
    """So that who copies it is right."""
    if setting.declared.example:
        assert parse(setting, setting.declared.example)


@pytest.mark.parametrize("part", PROCESSES)
def test_a_process_has_an_option_for_each_setting_that_it_is_handed(part: Part) -> None:
    """And no other ones."""
    options = {each.name for each in PROCESSES[part].params if isinstance(each, click.Option)}
    assert options == {each.field for each in HANDED if part in each.declared.users}


@pytest.mark.parametrize("part", PROCESSES)
def test_no_two_options_of_a_process_share_a_flag(part: Part) -> None:
    """Short flags like --port belong to one setting each."""
    flags = [each.flag for each in of_part(part) if each.flag]
    assert sorted(flags) == sorted(set(flags))


@pytest.mark.parametrize("text", TRIED)
@pytest.mark.parametrize("part", PROCESSES)
def test_the_command_line_and_the_check_refuse_the_same(part: Part, text: str) -> None:
    """What `config check` lets pass starts, and what it names does not."""
    for setting in HANDED:
        if part not in setting.declared.users or setting.type is tuple or setting.declared.holds == "home":
            continue
        try:
            parse(setting, text)
            is_right = True
        except SettingError:
            is_right = False
        (option,) = [each for each in PROCESSES[part].params if each.name == setting.field]
        probe = click.Command("probe", params=[option], callback=lambda **_: None)
        is_taken = CliRunner().invoke(probe, [setting.flag, text]).exit_code == 0
        assert (setting.name, is_taken) == (setting.name, is_right)


def test_secrets_are_never_options_and_never_in_the_file() -> None:
    """Who lists processes sees command lines, and who mends settings sees the file."""
    secrets = [each for each in SETTINGS.values() if each.declared.secret is Secret.WHOLE]
    assert secrets
    assert [each.name for each in secrets if each.flag or each.name in IN_FILE] == []


def test_families_of_variables_are_known() -> None:
    """With the provider in the middle, as a value and as a file."""
    known = (
        "TOUCHPOINT_WEBHOOK_SHOPIFY_SECRET",
        "TOUCHPOINT_WEBHOOK_SHOPIFY_SECRET_FILE",
        "TOUCHPOINT_SIGNING_KEY_FILE",
    )
    assert [is_variable(name) for name in known] == [True] * 3
    assert not is_variable("TOUCHPOINT_WEBHOOK_SHOPIFY_SECRETS")
