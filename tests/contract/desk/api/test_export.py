"""Cases as files."""

import csv
import io
import sys

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from streams.desk.access.viewer import Role, Viewer
from streams.desk.api.parquet import SCHEMA
from streams.desk.service.port import Filter
from streams.desk.service.views import Page
from tests.contract.desk.api.conftest import Api
from tests.contract.desk.api.double import NOW, row


async def test_cases_as_csv(api: Api) -> None:
    """One line each, times as people and programs read them, lists with blanks between, customers masked."""
    api.desk.rows = {"c1": row(1, tags=("vip", "late"), due_at=NOW + 1)}
    async with await api.client(Role.MANAGER) as client:
        answer = await client.get("/api/v1/export.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="cases.csv"'
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [line["case_id"] for line in lines] == ["c1"]
    assert (lines[0]["opened_at"], lines[0]["due_at"]) == ("2027-01-15T08:00:00.000Z", "2027-01-15T08:00:00.001Z")
    assert (lines[0]["callback_at"], lines[0]["tags"], lines[0]["person"]) == ("", "vip late", "c***9")


async def test_nothing_in_a_csv_is_a_formula(api: Api) -> None:
    """What a person typed is text in any spreadsheet."""
    bad = ("=1+1", "+1", "-1", "@x", " =1", "\t=1", "\r=1", "\n=1", "|x", "\uff1d1", "a,b", 'a"b', "plain")
    api.desk.rows = {f"c{number}": row(number, assignee=text, tags=(text,)) for number, text in enumerate(bad)}
    async with await api.client(Role.MANAGER) as client:
        answer = await client.get("/api/v1/export.csv")
    lines = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [line["assignee"].removeprefix("'") for line in lines] == list(bad)
    for line in lines:
        for cell in (line["assignee"], line["tags"]):
            assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "|", "\uff1d"))


async def test_cases_as_parquet(api: Api) -> None:
    """With types: times are times, lists are lists, what is not there is null."""
    api.desk.rows = {"c1": row(1, tags=("vip",), due_at=NOW)}
    async with await api.client(Role.MANAGER) as client:
        answer = await client.get("/api/v1/export.parquet")
    table = pq.read_table(pa.BufferReader(answer.content))
    assert table.schema.equals(SCHEMA)
    found = table.to_pylist()[0]
    assert (found["tags"], found["callback_at"], found["due_at"].isoformat()) == (
        ["vip"],
        None,
        "2027-01-15T08:00:00+00:00",
    )


async def test_parquet_is_an_extra(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its package the answer says which, and all else works."""
    monkeypatch.setitem(sys.modules, "streams.desk.api.parquet", None)
    async with await api.client(Role.MANAGER) as client:
        answer = await client.get("/api/v1/export.parquet")
        assert (await client.get("/api/v1/export.csv")).status_code == 200
    assert (answer.status_code, answer.json()["reason"]) == (501, "not_installed")
    assert "touchpoint-tracker[parquet]" in answer.json()["detail"]


async def test_an_export_is_whole_however_long(api: Api) -> None:
    """Page behind page, in several row groups, and cut by the filters."""
    rows = [row(number, severity="warning" if number % 2 else "critical") for number in range(1, 11_002)]
    api.desk.rows = {each.case_id: each for each in rows}
    async with await api.client(Role.MANAGER) as client:
        lines = (await client.get("/api/v1/export.csv")).text.splitlines()
        answer = await client.get("/api/v1/export.parquet", params={"severity": "warning"})
    assert len(lines) == 11_002
    found = pq.ParquetFile(pa.BufferReader(answer.content))
    assert (found.metadata.num_rows, found.metadata.num_row_groups) == (5501, 2)


async def test_an_export_without_cases_is_a_file_all_the_same(api: Api) -> None:
    """With its columns."""
    api.desk.rows = {}
    async with await api.client(Role.MANAGER) as client:
        lines = (await client.get("/api/v1/export.csv")).text.splitlines()
        table = pq.read_table(pa.BufferReader((await client.get("/api/v1/export.parquet")).content))
    assert lines == [",".join(SCHEMA.names)]
    assert (table.num_rows, table.schema.names) == (0, SCHEMA.names)


async def test_an_export_that_breaks_off_is_not_taken_for_whole(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection breaks, and the log names no customer; what fails at once is a problem like any other."""
    rows = [row(number) for number in range(1, 1200)]
    api.desk.rows = {each.case_id: each for each in rows}
    pages = api.desk.queue

    async def failing(viewer: Viewer, asked: Filter, *, after: str = "", limit: int = 50) -> Page:
        if after == stop:
            raise RuntimeError("customer anna@example.com")
        return await pages(viewer, asked, after=after, limit=limit)

    monkeypatch.setattr(api.desk, "queue", failing)
    async with await api.client(Role.MANAGER) as client:
        for path in ("/api/v1/export.csv", "/api/v1/export.parquet"):
            stop = "1000"
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(path)
            stop = ""
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["reason"]) == (500, "unexpected")
    assert "BrokenOffError: RuntimeError" in caplog.text
    assert "anna" not in caplog.text
