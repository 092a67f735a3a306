"""create backorders tables."""

import sqlalchemy as sa
from alembic import op


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('backorders_balance',
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('pool', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('counted', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('free', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('backordered', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('free >= 0 AND free <= counted AND backordered >= 0', name=op.f('ck_backorders_balance_free')),
    sa.ForeignKeyConstraint(['product_id'], ['inventory_product.id'], name=op.f('fk_backorders_balance_product_id_inventory_product')),
    sa.PrimaryKeyConstraint('product_id', 'pool', name=op.f('pk_backorders_balance'))
    )
    op.create_table('backorders_order',
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('order_class', sa.String(length=8), nullable=False),
    sa.Column('marked', sa.Boolean(), nullable=False),
    sa.Column('episode', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("order_class IN ('none', 'partial', 'full')", name=op.f('ck_backorders_order_order_class')),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_backorders_order_order_id_sales_order')),
    sa.PrimaryKeyConstraint('order_id', name=op.f('pk_backorders_order'))
    )
    with op.batch_alter_table('backorders_order', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_backorders_order_order_class_order_id'), ['order_class', 'order_id'], unique=False)

    op.create_table('backorders_backorder',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('short_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('filled_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('fulfilled_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('requested_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status IN ('new', 'on_order', 'stock_available', 'fulfilled', 'cancelled')", name=op.f('ck_backorders_backorder_status')),
    sa.CheckConstraint('short_qty >= 0 AND filled_qty >= 0 AND fulfilled_qty >= 0 AND requested_qty >= 0', name=op.f('ck_backorders_backorder_not_negative')),
    sa.ForeignKeyConstraint(['line_id'], ['sales_order_line.id'], name=op.f('fk_backorders_backorder_line_id_sales_order_line')),
    sa.ForeignKeyConstraint(['product_id'], ['inventory_product.id'], name=op.f('fk_backorders_backorder_product_id_inventory_product')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_backorders_backorder_warehouse_id_inventory_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_backorders_backorder'))
    )
    with op.batch_alter_table('backorders_backorder', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_backorders_backorder_line_id'), ['line_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_backorders_backorder_order_id'), ['order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_backorders_backorder_product_id'), ['product_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_backorders_backorder_status_id'), ['status', 'id'], unique=False)
        batch_op.create_index('uq_backorders_backorder_open', ['line_id'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('backorders_queue',
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('pool', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('alloc_key', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('open_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('allocated_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('substitutable_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('backordered_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('pinned_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('forced_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('open_qty > 0 AND allocated_qty >= 0 AND substitutable_qty >= 0 AND backordered_qty >= 0 AND pinned_qty >= 0 AND forced_qty >= 0 AND open_qty = allocated_qty + substitutable_qty + backordered_qty AND pinned_qty + forced_qty <= open_qty AND forced_qty <= backordered_qty', name=op.f('ck_backorders_queue_conserved')),
    sa.ForeignKeyConstraint(['line_id'], ['sales_order_line.id'], name=op.f('fk_backorders_queue_line_id_sales_order_line')),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_backorders_queue_order_id_sales_order')),
    sa.ForeignKeyConstraint(['product_id'], ['inventory_product.id'], name=op.f('fk_backorders_queue_product_id_inventory_product')),
    sa.PrimaryKeyConstraint('product_id', 'pool', 'alloc_key', name=op.f('pk_backorders_queue')),
    sa.UniqueConstraint('line_id', name=op.f('uq_backorders_queue_line_id')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('backorders_queue', schema=None) as batch_op:
        batch_op.create_index('ix_backorders_queue_holding', ['product_id', 'pool', 'alloc_key'], unique=False, sqlite_where=sa.text('allocated_qty > pinned_qty'), postgresql_where=sa.text('allocated_qty > pinned_qty'))
        batch_op.create_index(batch_op.f('ix_backorders_queue_order_id'), ['order_id'], unique=False)
        batch_op.create_index('ix_backorders_queue_pinned', ['product_id', 'pool'], unique=False, sqlite_where=sa.text('pinned_qty > 0'), postgresql_where=sa.text('pinned_qty > 0'))
        batch_op.create_index('ix_backorders_queue_waiting', ['product_id', 'pool', 'alloc_key'], unique=False, sqlite_where=sa.text('open_qty - allocated_qty - forced_qty > 0'), postgresql_where=sa.text('open_qty - allocated_qty - forced_qty > 0'))



def downgrade() -> None:
    with op.batch_alter_table('backorders_queue', schema=None) as batch_op:
        batch_op.drop_index('ix_backorders_queue_pinned', sqlite_where=sa.text('pinned_qty > 0'), postgresql_where=sa.text('pinned_qty > 0'))
        batch_op.drop_index('ix_backorders_queue_waiting', sqlite_where=sa.text('open_qty - allocated_qty - forced_qty > 0'), postgresql_where=sa.text('open_qty - allocated_qty - forced_qty > 0'))
        batch_op.drop_index(batch_op.f('ix_backorders_queue_order_id'))
        batch_op.drop_index('ix_backorders_queue_holding', sqlite_where=sa.text('allocated_qty > pinned_qty'), postgresql_where=sa.text('allocated_qty > pinned_qty'))

    op.drop_table('backorders_queue')
    with op.batch_alter_table('backorders_backorder', schema=None) as batch_op:
        batch_op.drop_index('uq_backorders_backorder_open', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_backorders_backorder_status_id'))
        batch_op.drop_index(batch_op.f('ix_backorders_backorder_product_id'))
        batch_op.drop_index(batch_op.f('ix_backorders_backorder_order_id'))
        batch_op.drop_index(batch_op.f('ix_backorders_backorder_line_id'))

    op.drop_table('backorders_backorder')
    with op.batch_alter_table('backorders_order', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_backorders_order_order_class_order_id'))

    op.drop_table('backorders_order')
    op.drop_table('backorders_balance')
