"""What is wrong with settings is found before anything starts, all of it at once, each with place and remedy."""

from pathlib import Path

import pytest

from streams.settings.check import check
from streams.settings.declared import Part
from streams.settings.effective import Origin
from streams.settings.redacted import MASK


def problems(environ: dict[str, str], file: Path | None = None, part: Part | None = None) -> list[str]:
    """Return every mistake as a line."""
    found = check(environ, file, parts=(part,)) if part else check(environ, file)
    return [str(each) for each in found[1]]


def test_nothing_said_is_right() -> None:
    """The defaults go together."""
    assert problems({}) == []


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TOUCHPOINT_PARTITONS": "4"}, "TOUCHPOINT_PARTITONS: unknown variable (did you mean TOUCHPOINT_PARTITIONS?)"),
        ({"TOUCHPOINT_PARTITIONS": "0"}, "TOUCHPOINT_PARTITIONS: 0 is out of range (it may be 1 to 10,000)"),
        ({"TOUCHPOINT_LANE_FLUSH_SEC": "soon"}, ("TOUCHPOINT_LANE_FLUSH_SEC: `soon` is not a number "
            "(0.05 to 600, like 10.0)")),
        (
            {"TOUCHPOINT_CLOCK": "sun"},
            "TOUCHPOINT_CLOCK: `sun` is none of the choices (it may be wall, event)",
        ),
        (
            {"TOUCHPOINT_RULES": "nowhere.yaml"},
            ("TOUCHPOINT_RULES: there is no file or folder nowhere.yaml "
            "(`rules` needs a file or folder that is there: mend the path)"),
        ),
        (
            {"TOUCHPOINT_GATEWAY_TLS_KEY": __file__},
            "TOUCHPOINT_GATEWAY_TLS_KEY: gateway_tls_key needs gateway_tls_cert (set gateway_tls_cert too)",
        ),
        (
            {"TOUCHPOINT_DESK_PORT": "9104"},
            ("TOUCHPOINT_DESK_PORT: gateway_port and desk_port are both 9104 "
            "(give gateway_port and desk_port a port each)"),
        ),
        (
            {"TOUCHPOINT_SIGNING_KEY": "a" * 40, "TOUCHPOINT_SIGNING_KEY_FILE": "/key"},
            ("TOUCHPOINT_SIGNING_KEY: TOUCHPOINT_SIGNING_KEY and TOUCHPOINT_SIGNING_KEY_FILE are both set "
            "(keep one of them)"),
        ),
        (
            {"TOUCHPOINT_DESK_SERVICE_HOST": "10.0.0.1"},
            ("TOUCHPOINT_DESK_SERVICE_HOST: unknown variable "
            "(Kubernetes made it of a Service: set enableServiceLinks: false in the pod)"),
        ),
        (
            {"TOUCHPOINT_SASL_USERNAME": "worker"},
            ("TOUCHPOINT_SASL_USERNAME: sasl_username means nothing with PLAINTEXT "
            "(set security_protocol to what the broker speaks, or leave it out)"),
        ),
        (
            {"TOUCHPOINT_SECURITY_PROTOCOL": "SASL_SSL", "TOUCHPOINT_SASL_USERNAME": "worker"},
            ("TOUCHPOINT_SECURITY_PROTOCOL: SASL_SSL needs sasl_password "
            "(set TOUCHPOINT_SASL_PASSWORD or TOUCHPOINT_SASL_PASSWORD_FILE)"),
        ),
        (
            {"TOUCHPOINT_LANE_META_SEC": "30000"},
            ("TOUCHPOINT_LANE_META_SEC: fences would expire before they are renewed "
            "(keep lane_meta_sec far below lane_fence_sec)"),
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_place_and_remedy(environ: dict[str, str], expected: str) -> None:
    """One line each."""
    assert problems(environ) == [expected]


def test_every_mistake_of_a_file_has_its_line(tmp_path: Path) -> None:
    """Unknown keys, wrong types, values out of range, and secrets that do not belong there."""
    file = tmp_path / "touchpoint.toml"
    file.write_text('partitons = 12\n\npartitions = 0\nrules = "a.yaml"\nsigning_key = "secret"\nlane_tick_sec = 0.2\n')
    assert problems({}, file) == [
        f"{file}:1: unknown setting `partitons` (did you mean partitions?)",
        f"{file}:3: 0 is out of range (it may be 1 to 10,000)",
        f'{file}:4: `rules` has the wrong type (give a list, like rules = ["a", "b"])',
        (
            f"{file}:5: `signing_key` does not belong into a file of settings "
            "(set TOUCHPOINT_SIGNING_KEY_FILE in the environment)"
        ),
    ]


def test_a_file_that_is_missing_is_one_mistake_among_others(tmp_path: Path) -> None:
    """The rest is checked all the same."""
    found = problems({"TOUCHPOINT_PARTITIONS": "x"}, tmp_path / "none.toml")
    assert [line.partition(": ")[0] for line in found] == [str(tmp_path / "none.toml"), "TOUCHPOINT_PARTITIONS"]


def test_no_secret_is_in_a_mistake() -> None:
    """Not the value that is wrong, and not a password in a URL that is."""
    environ = {"TOUCHPOINT_GATEWAY_ADMIN_TOKEN": "hunter2", "TOUCHPOINT_DATABASE_URL": "//ana:hunter2@host/desk"}
    found = problems(environ)
    assert len(found) == 2
    assert "hunter2" not in str(found)


def test_of_flag_environment_secret_file_file_and_default_the_first_counts(tmp_path: Path) -> None:
    """And each value says which one it was."""
    file, secret = tmp_path / "touchpoint.toml", tmp_path / "url"
    file.write_text('partitions = 12\nclock = "event"\nhold_from = "low"\nmetrics_port = 9202\n')
    secret.write_text("postgresql://desk:hunter2@db/desk\n")
    environ = {
        "TOUCHPOINT_PARTITIONS": "4",
        "TOUCHPOINT_CLOCK": "wall",
        "TOUCHPOINT_DATABASE_URL_FILE": str(secret),
    }
    resolved, found = check(environ, file, {"partitions": 2})
    names = ("partitions", "clock", "database_url", "hold_from", "log_level")
    assert found == []
    assert [(resolved[name], resolved.values[name].origin) for name in names] == [
        (2, Origin.FLAG),
        ("wall", Origin.ENVIRONMENT),
        ("postgresql://desk:hunter2@db/desk", Origin.SECRET_FILE),
        ("low", Origin.FILE),
        ("info", Origin.DEFAULT),
    ]
    assert resolved.values["database_url"].shown == f"postgresql://desk:{MASK}@db/desk"
    assert resolved.values["hold_from"].place == f"{file}:3"


def test_only_what_a_component_uses_is_checked() -> None:
    """A desk does not mind what the gateway was told."""
    environ = {"TOUCHPOINT_GATEWAY_PORT": "none"}
    assert problems(environ, part=Part.DESK) == []
    assert len(problems(environ, part=Part.GATEWAY)) == 1
