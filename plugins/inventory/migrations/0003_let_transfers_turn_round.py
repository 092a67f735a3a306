"""let transfers turn round."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

BEFORE = 'qty > 0 AND received_qty >= 0 AND dispatched_qty >= received_qty AND qty >= dispatched_qty'
AFTER = (
    'qty > 0 AND received_qty >= 0 AND returned_qty >= 0 '
    'AND dispatched_qty >= received_qty + returned_qty AND qty >= dispatched_qty'
)


def upgrade() -> None:
    with op.batch_alter_table('inventory_transfer_line', schema=None) as batch_op:
        batch_op.add_column(sa.Column('returned_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.drop_constraint(batch_op.f('ck_inventory_transfer_line_quantities'), type_='check')
        batch_op.create_check_constraint('quantities', AFTER)


def downgrade() -> None:
    with op.batch_alter_table('inventory_transfer_line', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_inventory_transfer_line_quantities'), type_='check')
        batch_op.create_check_constraint('quantities', BEFORE)
        batch_op.drop_column('returned_qty')
