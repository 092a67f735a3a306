"""remember since when customers wait, and index what is open."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OPEN = sa.text("closed_at IS NULL")
WAITING = ["product_id", "since", "id", "warehouse_id", "status", "short_qty", "filled_qty"]
FILL = """
UPDATE backorders_backorder SET since = CASE
  WHEN EXISTS (SELECT 1 FROM backorders_backorder AS earlier
               WHERE earlier.line_id = backorders_backorder.line_id
                 AND earlier.id < backorders_backorder.id) THEN date(opened_at)
  ELSE (SELECT ordered_on FROM sales_order
        WHERE sales_order.id = backorders_backorder.order_id) END
"""


def upgrade() -> None:
    with op.batch_alter_table("backorders_backorder", schema=None) as batch_op:
        batch_op.add_column(sa.Column("since", sa.Date(), nullable=True))
    op.execute(FILL)
    with op.batch_alter_table("backorders_backorder", schema=None) as batch_op:
        batch_op.alter_column("since", existing_type=sa.Date(), nullable=False)
        options = {"sqlite_where": OPEN, "postgresql_where": OPEN}
        batch_op.create_index("ix_backorders_backorder_oldest", ["since", "id"], **options)
        batch_op.create_index("ix_backorders_backorder_waiting", WAITING, **options)


def downgrade() -> None:
    with op.batch_alter_table("backorders_backorder", schema=None) as batch_op:
        batch_op.drop_index("ix_backorders_backorder_waiting")
        batch_op.drop_index("ix_backorders_backorder_oldest")
        batch_op.drop_column("since")
