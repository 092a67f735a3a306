"""delays cancellations returns."""

import sqlalchemy as sa
from alembic import op

from erp_core import migrate

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('sales_delay',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('promised_on', sa.Date(), nullable=False),
    sa.Column('before', sa.Date(), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=254), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_sales_delay_order_id_sales_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales_delay'))
    )
    with op.batch_alter_table('sales_delay', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sales_delay_order_id'), ['order_id'], unique=False)

    op.create_table('sales_return',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=254), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_sales_return_order_id_sales_order')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_sales_return_warehouse_id_inventory_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales_return')),
    sa.UniqueConstraint('number', name=op.f('uq_sales_return_number'))
    )
    with op.batch_alter_table('sales_return', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sales_return_order_id'), ['order_id'], unique=False)

    op.create_table('sales_cancellation',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=16), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=254), nullable=False),
    sa.CheckConstraint("reason IN ('customer', 'out_of_stock', 'mistake', 'other')", name=op.f('ck_sales_cancellation_reason')),
    sa.CheckConstraint('qty > 0', name=op.f('ck_sales_cancellation_qty')),
    sa.ForeignKeyConstraint(['line_id'], ['sales_order_line.id'], name=op.f('fk_sales_cancellation_line_id_sales_order_line')),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_sales_cancellation_order_id_sales_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales_cancellation'))
    )
    with op.batch_alter_table('sales_cancellation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sales_cancellation_order_id'), ['order_id'], unique=False)

    op.create_table('sales_return_line',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('return_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('qty > 0', name=op.f('ck_sales_return_line_qty')),
    sa.ForeignKeyConstraint(['order_line_id'], ['sales_order_line.id'], name=op.f('fk_sales_return_line_order_line_id_sales_order_line')),
    sa.ForeignKeyConstraint(['return_id'], ['sales_return.id'], name=op.f('fk_sales_return_line_return_id_sales_return')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales_return_line')),
    sa.UniqueConstraint('return_id', 'order_line_id', name=op.f('uq_sales_return_line_return_id_order_line_id'))
    )
    with op.batch_alter_table('sales_return_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sales_return_line_order_line_id'), ['order_line_id'], unique=False)

    with op.batch_alter_table('sales_order', schema=None) as batch_op:
        batch_op.add_column(sa.Column('promised_on', sa.Date(), nullable=True))

    migrate.create_sequence(op, 'goods_return')


def downgrade() -> None:
    migrate.drop_sequence(op, 'goods_return')
    with op.batch_alter_table('sales_order', schema=None) as batch_op:
        batch_op.drop_column('promised_on')

    with op.batch_alter_table('sales_return_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sales_return_line_order_line_id'))

    op.drop_table('sales_return_line')
    with op.batch_alter_table('sales_cancellation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sales_cancellation_order_id'))

    op.drop_table('sales_cancellation')
    with op.batch_alter_table('sales_return', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sales_return_order_id'))

    op.drop_table('sales_return')
    with op.batch_alter_table('sales_delay', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sales_delay_order_id'))

    op.drop_table('sales_delay')
