"""let the database refuse to rewrite the audit log."""

from alembic import op

from erp_core.migrate import append_only, drop_append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    append_only(op, "core_audit")


def downgrade() -> None:
    drop_append_only(op, "core_audit")
