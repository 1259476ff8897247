"""`python -m tests.deploy.pictures` plays the scene of the live test and draws every dashboard from what it gave."""

import tempfile
from pathlib import Path
from typing import Final

from tests.deploy.dashboards.asked import ask
from tests.deploy.dashboards.drawing import draw
from tests.deploy.dashboards.scene import played
from tests.deploy.dashboards.shipped import dashboards

FOLDER: Final = Path(__file__).parents[2] / "deploy" / "grafana" / "pictures"
ROUNDS: Final = 120
SCRAPE_SEC: Final = 3


def main() -> None:
    """Write one picture for each dashboard."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder, played(Path(folder), ROUNDS, SCRAPE_SEC) as scene:
        for board in dashboards():
            answers = {
                panel.raw["id"]: ask(scene.prometheus, panel, scene.shown, board.chosen) for panel in board.panels
            }
            draw(board, answers, FOLDER / f"{board.uid}.png")


if __name__ == "__main__":
    main()
