"""Packages are taken whole with the pinned bytes, or not at all."""

import errno
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from streams.broker import packages
from streams.broker.packages import Package, fetch, read_lock
from streams.errors import DownloadError

CONTENT = b"the bytes of an archive" * 1000
PACKAGE = Package("org.example:thing:1.0", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


class Mirror(ThreadingHTTPServer):
    """A Maven repository on the loopback that gives the same body for everything, and counts."""

    body = CONTENT
    downloads = 0


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Mirror)
        if self.path.endswith(".sha1"):
            self.send_error(404)
            return
        self.server.downloads += 1
        self.send_response(200)
        self.send_header("content-length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """A repository that works, an empty cache, and no pauses."""
    with Mirror(("127.0.0.1", 0), _Answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("TOUCHPOINT_MAVEN_REPOSITORY", f"http://127.0.0.1:{server.server_address[1]}/")
        monkeypatch.setenv("TOUCHPOINT_CACHE_DIR", str(tmp_path / "cache"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(packages, "PAUSE_SEC", 0)
        yield server
        server.shutdown()


def _cached(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "cache" / "packages").iterdir()]


def test_a_package_is_fetched_once(mirror: Mirror, tmp_path: Path) -> None:
    """The first call downloads, the second finds it."""
    first = fetch([PACKAGE])
    assert fetch([PACKAGE]) == first == [tmp_path / "cache" / "packages" / "thing-1.0.jar"]
    assert first[0].read_bytes() == CONTENT
    assert mirror.downloads == 1


def test_processes_that_start_together_download_once(mirror: Mirror) -> None:
    """Whoever comes second waits for the first and finds everything done."""
    threads = [threading.Thread(target=fetch, args=([PACKAGE],)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mirror.downloads == 1


def test_progress_tells_the_bytes(mirror: Mirror) -> None:
    """What a bar needs: the start, and the end."""
    told: list[tuple[int, int]] = []
    fetch([PACKAGE], lambda _, done, total: told.append((done, total)))
    assert told == [(0, len(CONTENT)), (len(CONTENT), len(CONTENT))]


@pytest.mark.parametrize("damaged", [CONTENT[:-1], CONTENT[:-1] + b"X", b""], ids=["cut short", "changed", "empty"])
def test_a_damaged_file_in_the_cache_is_fetched_again(mirror: Mirror, damaged: bytes) -> None:
    """A broken archive is never handed to Java."""
    (path,) = fetch([PACKAGE])
    path.write_bytes(damaged)
    assert fetch([PACKAGE]) == [path]
    assert path.read_bytes() == CONTENT


def test_wrong_bytes_are_refused(mirror: Mirror, tmp_path: Path) -> None:
    """A proxy's error page that arrives with status 200 does not enter the cache."""
    mirror.body = b"<html>please log in</html>"
    with pytest.raises(DownloadError, match=r"org\.example:thing:1\.0 .* not the pinned") as caught:
        fetch([PACKAGE])
    assert "TOUCHPOINT_MAVEN_REPOSITORY" in caught.value.remedy
    assert mirror.downloads == packages.ATTEMPTS
    assert _cached(tmp_path) == []


def test_a_dead_repository_is_one_clear_error(mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No network: what failed, why, and what to do; no traceback of an HTTP client."""
    monkeypatch.setenv("TOUCHPOINT_MAVEN_REPOSITORY", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match="Connection refused") as caught:
        fetch([PACKAGE])
    assert "HTTPS_PROXY" in caught.value.remedy
    assert _cached(tmp_path) == []


def test_what_has_arrived_is_kept(mirror: Mirror) -> None:
    """A download that breaks off goes on where it was."""
    missing = Package("org.example:other:1.0", "0" * 64, 1)
    with pytest.raises(DownloadError):
        fetch([PACKAGE, missing])
    before = mirror.downloads
    fetch([PACKAGE])
    assert mirror.downloads == before


def test_a_cache_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the folder and the variable that moves it."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("TOUCHPOINT_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(DownloadError, match="cannot make the package cache") as caught:
        fetch([PACKAGE])
    assert "TOUCHPOINT_CACHE_DIR" in caught.value.remedy


def test_a_full_disk_is_named(mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No space for the download says so and keeps nothing by halves."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(DownloadError, match="No space left") as caught:
        fetch([PACKAGE])
    assert "free some space" in caught.value.remedy
    assert _cached(tmp_path) == []


@pytest.mark.parametrize("name", ["kafka.lock", "apicurio.lock"])
def test_locks_pin_every_byte(name: str) -> None:
    """Each line of a shipped lock file has a coordinate, a SHA-256 and a size."""
    pinned = read_lock(name)
    assert pinned
    assert all(len(package.sha256) == 64 and package.size > 0 and len(package.parts) == 5 for package in pinned)
    assert len({package.filename for package in pinned}) == len(pinned)
