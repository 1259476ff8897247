"""Write the lock files of Java packages: `python -m streams.broker.pin`.

Run it to move to another version of Kafka or of the schema registry; the change shows as a diff of pinned hashes.
"""

import hashlib
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from streams.broker.packages import LOCKS, Package

KAFKA: Final = "org.apache.kafka:kafka_2.13:4.1.0"
# Kafka logs through slf4j and leaves the choice of a backend to its distribution; this one joins it to log4j2.
LOGGING: Final = "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3"
APICURIO: Final = "io.apicurio:apicurio-registry-app:3.3.3:all:tar.gz"
HEADER: Final = "# Written by `python -m streams.broker.pin`: coordinate, SHA-256, bytes.\n"


def _single(context: Any, coordinate: str) -> Any:
    group, artifact, version, classifier, packaging = Package(coordinate, "", 0).parts
    return context.project(group, artifact).at_version(version).artifact(classifier, packaging)


def _line(artifact: Any) -> str:
    path: Path = artifact.resolve()
    content = path.read_bytes()
    kind = (
        ""
        if (artifact.classifier, artifact.packaging) == ("", "jar")
        else f":{artifact.classifier}:{artifact.packaging}"
    )
    coordinate = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}{kind}"
    return f"{coordinate} {hashlib.sha256(content).hexdigest()} {len(content)}\n"


def main() -> None:
    """Resolve what Kafka needs at run time and pin each archive."""
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - only here

    with tempfile.TemporaryDirectory() as scratch:
        context = MavenContext(resolver=PythonResolver(), repo_cache=Path(scratch))
        roots, needed = context.resolver.resolve([context.create_dependency(KAFKA)])
        # Joined to Kafka's in one resolution, the logging package's bill of materials would set back shared versions.
        kafka = [dependency.artifact for dependency in (*roots, *needed)] + [_single(context, LOGGING)]
        (LOCKS / "kafka.lock").write_text(HEADER + "".join(sorted(map(_line, kafka))))
        (LOCKS / "apicurio.lock").write_text(HEADER + _line(_single(context, APICURIO)))
    sys.stdout.write("kafka.lock and apicurio.lock written\n")


if __name__ == "__main__":
    main()
