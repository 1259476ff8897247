"""The lines that the page shows, one for each way: text for a shell, run as it stands."""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from streams.gateway.connect.ways import PLACEHOLDER, PROVIDER, WAYS, Way

FOLDER: Final = Path(__file__).parent / "templates" / "lines"


class Lines:
    """Draws them; nothing that a user typed goes into one, so nothing is escaped before it comes into a page."""

    def __init__(self, bootstrap_servers: str) -> None:
        """Keep where Kafka is, and read the lines."""
        self._bootstrap_servers = bootstrap_servers
        environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=False,  # noqa: S701 - see above
            undefined=StrictUndefined,
        )
        self._by_way = {way.name: environment.get_template(f"{way.name}.txt") for way in WAYS}

    def draw(self, way: Way, *, url: str, id_: str, key: str = "", provider: str = "") -> str:
        """Return the line of a way; `key` and `provider` are empty as long as there is none."""
        line = self._by_way[way.name].render(
            url=url,
            id=id_,
            key=key or PLACEHOLDER,
            provider=provider or PROVIDER,
            bootstrap_servers=self._bootstrap_servers,
        )
        return line.strip()
