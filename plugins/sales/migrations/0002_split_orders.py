"""split orders."""

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

QUANTITIES = 'ck_sales_order_line_quantities'
RULE = 'ordered_qty {} 0 AND shipped_qty >= 0 AND cancelled_qty >= 0 AND shipped_qty + cancelled_qty <= ordered_qty'


def upgrade() -> None:
    with op.batch_alter_table('sales_order', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sales_order_parent_id'), ['parent_id'], unique=False)

    with op.batch_alter_table('sales_order_line', schema=None) as batch_op:
        batch_op.add_column(sa.Column('rounding_minor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.drop_constraint(op.f(QUANTITIES), type_='check')
        batch_op.create_check_constraint(op.f(QUANTITIES), RULE.format('>='))


def downgrade() -> None:
    with op.batch_alter_table('sales_order_line', schema=None) as batch_op:
        batch_op.drop_constraint(op.f(QUANTITIES), type_='check')
        batch_op.create_check_constraint(op.f(QUANTITIES), RULE.format('>'))
        batch_op.drop_column('rounding_minor')

    with op.batch_alter_table('sales_order', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sales_order_parent_id'))
