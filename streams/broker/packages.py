"""Java packages by pinned coordinate and hash, fetched with a Maven client in pure Python.

The lock files beside this module (`kafka.lock`, `apicurio.lock`) name every archive with its SHA-256 and size, so that
nothing is resolved at run time (reading 150 dependency descriptions takes four times as long as the archives) and two
machines run the same bytes. `python -m streams.broker.pin` writes them anew.
"""

import errno
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from streams.broker.cache import cache_folder, exclusive
from streams.errors import DownloadError

LOCKS: Final = Path(__file__).parent
PARALLEL_DOWNLOADS: Final = 8
ATTEMPTS: Final = 3
PAUSE_SEC: Final = 0.5  # doubled after each attempt
REQUEST_TIMEOUT_SEC: Final = 30

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, amount done, amount in all); 0 in all says that nobody knows.

It is called only for what is done once per machine; a usual start makes no call.
"""


@dataclass(frozen=True)
class Package:
    """One archive: `group:artifact:version`, or with `:classifier:packaging` behind, and what its bytes must be."""

    coordinate: str
    sha256: str
    size: int

    @property
    def filename(self) -> str:
        """The name in the cache, as Maven would call it."""
        _, artifact, version, classifier, packaging = self.parts
        return f"{artifact}-{version}{'-' + classifier if classifier else ''}.{packaging}"

    @property
    def parts(self) -> tuple[str, str, str, str, str]:
        """Group, artifact, version, classifier and packaging."""
        group, artifact, version, *rest = self.coordinate.split(":")
        classifier, packaging = rest or ("", "jar")
        return group, artifact, version, classifier, packaging

    def is_whole(self, path: Path) -> bool:
        """Tell whether the file is there with exactly the pinned bytes."""
        try:
            if path.stat().st_size != self.size:
                return False
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except FileNotFoundError:
            return False


def read_lock(name: str) -> tuple[Package, ...]:
    """Read a lock file: a line per archive with coordinate, SHA-256 and size; `#` starts a comment."""
    lines = (line.split() for line in (LOCKS / name).read_text().splitlines() if line and not line.startswith("#"))
    return tuple(Package(coordinate, sha256, int(size)) for coordinate, sha256, size in lines)


def fetch(packages: Sequence[Package], progress: Progress | None = None) -> list[Path]:
    """Return the files of the packages in the order given, downloading what is missing or damaged.

    Every call checks every byte (45 MB take about 0.05 s), so a file that was cut short or damaged on disk is fetched
    again and never used. Processes that start at the same time wait for one download.
    """
    folder = cache_folder() / "packages"
    paths = [folder / package.filename for package in packages]
    if all(package.is_whole(path) for package, path in zip(packages, paths, strict=True)):
        return paths
    with exclusive(cache_folder()):
        missing = [p for p, path in zip(packages, paths, strict=True) if not p.is_whole(path)]
        if missing:
            _download(missing, folder, _since(progress, packages, missing))
    return paths


def _since(progress: Progress | None, packages: Sequence[Package], missing: Sequence[Package]) -> Callable[[int], None]:
    """Count what arrives on top of what is there already."""
    total = sum(package.size for package in packages)
    there = total - sum(package.size for package in missing)

    def arrived(size: int) -> None:
        nonlocal there
        there += size
        if progress is not None:
            progress(f"downloading {len(packages)} Java packages", there, total)

    arrived(0)
    return arrived


def _download(missing: Iterable[Package], folder: Path, arrived: Callable[[int], None]) -> None:
    """Fetch side by side into a scratch folder; each whole archive is renamed into the cache at once and so kept."""
    try:
        folder.mkdir(exist_ok=True)
        with (
            tempfile.TemporaryDirectory(prefix=".partial-", dir=folder, ignore_cleanup_errors=True) as scratch,
            ThreadPoolExecutor(PARALLEL_DOWNLOADS, thread_name_prefix="download") as pool,
        ):
            tasks = {pool.submit(_fetch_one, package, Path(scratch)): package for package in missing}
            try:
                for task in as_completed(tasks):
                    task.result().replace(folder / tasks[task].filename)
                    arrived(tasks[task].size)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    except OSError as error:
        raise _storage_error(error, folder) from error


def _fetch_one(package: Package, scratch: Path) -> Path:
    """Try a few times; a wrong hash counts as a failed attempt, since a proxy's error page arrives with status 200."""
    if find_spec("jgo") is None:
        raise DownloadError(
            "the package jgo, which fetches it, is not installed",
            remedy="pip install 'touchpoint-tracker[broker]', or name a Kafka of yours with --bootstrap-servers",
            place=package.coordinate,
        )
    pause_sec = PAUSE_SEC
    for attempt in range(1, ATTEMPTS + 1):
        place = scratch / f"{package.sha256[:12]}-{attempt}"
        try:
            path: Path = _artifact(package, place).resolve()
        except OSError as error:  # the client's network errors are OSErrors too
            if isinstance(error.errno, int) and error.errno in (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT):
                raise
            failure = _why(error)
        except Exception as error:  # noqa: BLE001 - the client raises bare RuntimeError for "not found" and more
            failure = _why(error)
        else:
            if package.is_whole(path):
                return path
            failure = f"its {path.stat().st_size} bytes are not the pinned {package.size} with the pinned hash"
        shutil.rmtree(place, ignore_errors=True)
        if attempt < ATTEMPTS:
            time.sleep(pause_sec)
            pause_sec *= 2
    raise DownloadError(
        f"{package.coordinate} could not be fetched: {failure}",
        remedy="check the network and HTTPS_PROXY, or point TOUCHPOINT_MAVEN_REPOSITORY to a mirror of Maven Central; "
        "what has arrived is kept, so the next start goes on from there",
    )


def _artifact(package: Package, place: Path) -> Any:
    """Return the client's handle on the package, with a local repository of its own so that no half file is shared."""
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - 0.4 s that a warm start need not pay

    mirror = os.environ.get("TOUCHPOINT_MAVEN_REPOSITORY")
    context = MavenContext(
        resolver=PythonResolver(),
        repo_cache=place,
        remote_repos={"mirror": mirror.rstrip("/")} if mirror else None,
        timeout=REQUEST_TIMEOUT_SEC,
    )
    group, artifact, version, classifier, packaging = package.parts
    return context.project(group, artifact).at_version(version).artifact(classifier, packaging)


def _why(error: BaseException) -> str:
    """Return the innermost cause as one line; the outer ones of an HTTP client only wrap it."""
    reason: BaseException = error
    while isinstance(inner := getattr(reason, "reason", None) or reason.__cause__ or reason.__context__, BaseException):
        reason = inner
    return " ".join(f"{type(reason).__name__}: {reason}".split())[:300]


def _storage_error(error: OSError, folder: Path) -> DownloadError:
    remedy = "free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "make the folder writable"
    return DownloadError(
        f"cannot keep downloaded packages: {error.strerror or error}",
        remedy=f"{remedy}, or set TOUCHPOINT_CACHE_DIR to another folder",
        place=str(folder),
    )
