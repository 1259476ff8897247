"""Count the alerts that fire without reading them."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_alerts_standing", "alerts", ["status", "mode", "moment", "severity", "rule"], unique=False)
