"""A check that fails, hangs or breaks is a finding like any other, and none of the others minds."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from streams.broker.probe import free_port
from streams.doctor import canary, disk, flow, processes, rules
from streams.doctor import examine as examination
from streams.doctor.disk import secrets
from streams.doctor.examine import examine
from streams.doctor.finding import Finding, State, failed, ok, skipped, warning, worst
from streams.doctor.patient import Patient
from streams.errors import TouchpointError
from streams.settings.declared import Part
from streams.settings.settings import Settings


def patient(folder: Path, **changes: object) -> Patient:
    """Return a deployment of which nothing runs."""
    away = f"127.0.0.1:{free_port()}"
    return Patient(settings=Settings(data_dir=str(folder), bootstrap_servers=away, **changes), parts=(Part.WORKER,))  # type: ignore[arg-type] # passed through


async def test_a_check_that_hangs_or_breaks_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its name and a remedy, and the others are there."""

    async def hang(_: Patient) -> list[Finding]:
        await asyncio.Event().wait()
        return []

    async def break_down(_: Patient) -> list[Finding]:
        raise TouchpointError("it is broken", place="there", remedy="mend it")

    async def be_surprised(_: Patient) -> list[Finding]:
        raise ValueError("with a password in it")

    async def be_well(_: Patient) -> list[Finding]:
        return [ok("well", "fine")]

    monkeypatch.setattr(examination, "EACH_SEC", 0.05)
    checks = {"hangs": hang, "breaks": break_down, "surprised": be_surprised, "well": be_well}
    monkeypatch.setattr(examination, "ALONE", {name: (check, ()) for name, check in checks.items()})
    found = [finding for finding in await examine(patient(tmp_path)) if finding.state is not State.SKIPPED]
    assert [(one.check, one.state, one.seen) for one in found if one.check != "broker"] == [
        ("hangs", State.FAILED, "no answer within 0.05 s"),
        ("breaks", State.FAILED, "there: it is broken"),
        ("surprised", State.FAILED, "this look broke off: ValueError"),
        ("well", State.OK, "fine"),
    ]
    assert [one.check for one in found if not one.remedy] == ["well"]


async def test_only_what_a_component_needs_is_looked_at(tmp_path: Path) -> None:
    """A machine of the gateway alone has no database and no workers."""
    gateway = Patient(settings=patient(tmp_path).settings, parts=(Part.GATEWAY,))
    looked_at = {finding.check for finding in await examine(gateway)}
    assert "gateway" in looked_at
    assert looked_at.isdisjoint({"database", "worker", "desk", "lag", "rules"})


def test_the_worst_finding_counts() -> None:
    """What was skipped is not well, and a warning is no failure."""
    found = [ok("a", ""), skipped("b", ""), warning("c", "", "")]
    assert worst(found) is State.WARNING
    assert worst([*found, failed("d", "", "")]) is State.FAILED
    assert worst([]) is State.OK


@pytest.mark.parametrize(
    ("folder_mode", "mode", "is_open"),
    [(0o755, 0o600, False), (0o700, 0o644, False), (0o755, 0o640, True), (0o701, 0o604, True), (0o710, 0o604, False)],
)
async def test_a_secret_is_open_when_both_its_folder_and_its_mode_let_others_in(
    tmp_path: Path, folder_mode: int, mode: int, is_open: bool
) -> None:
    """To one of them it is enough to be closed."""
    folder = tmp_path / "gateway"
    folder.mkdir()
    (folder / "keys.json").touch()
    (folder / "keys.json").chmod(mode)
    folder.chmod(folder_mode)
    (found, *_) = await secrets(patient(tmp_path))
    assert (found.state is State.FAILED) is is_open


async def test_rules_that_cannot_be_read_are_named_by_line(tmp_path: Path) -> None:
    """As `rules check` names them."""
    (tmp_path / "rules.yaml").write_text("rules:\n  - id: a\n    moment: LATER\n")
    found = await rules.files(patient(tmp_path, rules=(str(tmp_path / "rules.yaml"),)))
    assert all(one.state is State.FAILED and one.seen.startswith(f"{tmp_path}/rules.yaml:") for one in found)


async def test_a_canary_that_is_not_heard_is_a_failure(tmp_path: Path) -> None:
    """Here there is nothing that it could fly through."""
    (found,) = await canary.check(patient(tmp_path))
    assert (found.check, found.state) == ("canary", State.FAILED)
    assert "touchpoint canary --once" in found.remedy


async def test_answers_that_make_no_sense_are_findings(tmp_path: Path) -> None:
    """Of whoever has the port: a text in no known letters, and a date that is none."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=503, body=b"\xff\xfe away", headers={"Date": "yesterday"})

    app = web.Application()
    app.router.add_get("/readyz", answer)
    app.router.add_get("/metrics", answer)
    async with TestServer(app) as server:
        found = await processes.check(patient(tmp_path, workers=(str(server.make_url("/")),)))
    (not_ready,) = [one for one in found if one.state is State.FAILED]
    assert (not_ready.check, not_ready.seen.endswith(" away")) == ("worker", True)
    assert [one.seen for one in found if one.check == "clock"] == ["nothing was reached that has a clock of its own"]


async def test_the_canary_is_looked_at_when_there_is_to_be_one(tmp_path: Path) -> None:
    """When it is asked for by name, or has a key here; a deployment may do without."""
    settings, port = patient(tmp_path).settings, free_port()
    where = {"TOUCHPOINT_CANARY_PORT": str(port)}
    alone = Patient(settings=settings, environ=where, parts=(Part.CANARY,))
    (found, _) = await processes.check(alone)
    assert (found.check, found.state) == ("canary", State.FAILED)
    assert f"127.0.0.1:{port}" in found.seen
    assert "canary" not in Patient(settings=settings, environ=where).addresses
    assert "canary" in Patient(settings=settings, environ={**where, "TOUCHPOINT_CANARY_KEY": "k"}).addresses


@pytest.mark.parametrize(
    ("lags", "state"),
    [
        ([flow.SMALL], State.OK),
        ([50_000, 49_999], State.OK),
        ([50_000, 50_000, 49_000], State.OK),
        ([50_000, 50_000, 50_000], State.WARNING),
        ([50_000, 60_000, 70_000], State.WARNING),
    ],
)
async def test_a_large_lag_is_well_only_while_it_shrinks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lags: list[int], state: State
) -> None:
    """It is looked at until it does, and three times at most."""
    left = list(lags)

    async def lag_of(*_: object) -> int:
        return left.pop(0)

    monkeypatch.setattr(flow, "lag_of", lag_of)
    monkeypatch.setattr(flow, "APART_SEC", 0.0)
    (found,) = await flow.lag(patient(tmp_path))
    assert (found.state, left) == (state, [])
    assert f"{lags[-1]:,} touchpoints" in found.seen


async def test_secrets_that_compose_mounts_are_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody in the container may read them there, and that is the process alone; elsewhere it is a warning."""
    file = tmp_path / "signing_key"
    file.touch()
    file.chmod(0o444)
    one = Patient(settings=patient(tmp_path / "data").settings, environ={"TOUCHPOINT_SIGNING_KEY_FILE": str(file)})
    assert [found.state for found in await secrets(one)] == [State.WARNING]
    monkeypatch.setattr(disk, "MOUNTED", tmp_path)
    assert [found.state for found in await secrets(one)] == [State.OK]
