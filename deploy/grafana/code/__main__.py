"""`python -m deploy.grafana.code` writes every dashboard to deploy/grafana/dashboards."""

from deploy.grafana.code.boards import BOARDS, FOLDER
from deploy.grafana.code.compose import to_json


def main() -> None:
    """Write them; a file of a dashboard that is no more is removed."""
    wanted = {FOLDER / f"{board.uid}.json": board for board in BOARDS}
    for path in set(FOLDER.glob("*.json")) - wanted.keys():
        path.unlink()
    for path, board in wanted.items():
        path.write_text(to_json(board), encoding="utf-8")


if __name__ == "__main__":
    main()
