"""index orders by day and location."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sales_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sales_order_ordered_on_id"), ["ordered_on", "id"])
        batch_op.create_index(batch_op.f("ix_sales_order_warehouse_id_id"), ["warehouse_id", "id"])


def downgrade() -> None:
    with op.batch_alter_table("sales_order", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sales_order_warehouse_id_id"))
        batch_op.drop_index(batch_op.f("ix_sales_order_ordered_on_id"))
