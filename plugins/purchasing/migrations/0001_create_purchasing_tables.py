"""create purchasing tables."""

import sqlalchemy as sa
from alembic import op

from erp_core import migrate

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('purchasing_supplier',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('contact', sa.String(length=200), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('phone', sa.String(length=64), nullable=False),
    sa.Column('street', sa.String(length=200), nullable=False),
    sa.Column('city', sa.String(length=120), nullable=False),
    sa.Column('region', sa.String(length=120), nullable=False),
    sa.Column('postcode', sa.String(length=32), nullable=False),
    sa.Column('country', sa.String(length=80), nullable=False),
    sa.Column('lead_time_days', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('external_id', sa.String(length=64), nullable=True),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchasing_supplier')),
    sa.UniqueConstraint('code', name=op.f('uq_purchasing_supplier_code')),
    sa.UniqueConstraint('external_id', name=op.f('uq_purchasing_supplier_external_id'))
    )
    with op.batch_alter_table('purchasing_supplier', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_purchasing_supplier_name'), ['name'], unique=False)

    op.create_table('purchasing_supplier_product',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('supplier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('supplier_sku', sa.String(length=64), nullable=False),
    sa.Column('price_minor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lead_time_days', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('minimum_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('multiple_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('preferred', sa.Boolean(), nullable=False),
    sa.CheckConstraint('price_minor >= 0 AND minimum_qty >= 1 AND multiple_qty >= 1', name=op.f('ck_purchasing_supplier_product_positive')),
    sa.ForeignKeyConstraint(['product_id'], ['inventory_product.id'], name=op.f('fk_purchasing_supplier_product_product_id_inventory_product')),
    sa.ForeignKeyConstraint(['supplier_id'], ['purchasing_supplier.id'], name=op.f('fk_purchasing_supplier_product_supplier_id_purchasing_supplier')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchasing_supplier_product')),
    sa.UniqueConstraint('supplier_id', 'product_id', name=op.f('uq_purchasing_supplier_product_supplier_id_product_id'))
    )
    with op.batch_alter_table('purchasing_supplier_product', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_purchasing_supplier_product_product_id'), ['product_id'], unique=False)
        batch_op.create_index('uq_purchasing_supplier_product_preferred', ['product_id'], unique=True, sqlite_where=sa.text('preferred'), postgresql_where=sa.text('preferred'))

    op.create_table('purchasing_order',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('company_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('supplier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('status', sa.String(length=24), nullable=False),
    sa.Column('ship_to_customer', sa.Boolean(), nullable=False),
    sa.Column('ship_to', sa.String(length=500), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('expected_on', sa.Date(), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('external_id', sa.String(length=64), nullable=True),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("status IN ('draft', 'sent', 'partially_received', 'received', 'cancelled')", name=op.f('ck_purchasing_order_status')),
    sa.ForeignKeyConstraint(['company_id'], ['core_company.id'], name=op.f('fk_purchasing_order_company_id_core_company')),
    sa.ForeignKeyConstraint(['supplier_id'], ['purchasing_supplier.id'], name=op.f('fk_purchasing_order_supplier_id_purchasing_supplier')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_purchasing_order_warehouse_id_inventory_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchasing_order')),
    sa.UniqueConstraint('external_id', name=op.f('uq_purchasing_order_external_id')),
    sa.UniqueConstraint('number', name=op.f('uq_purchasing_order_number'))
    )
    with op.batch_alter_table('purchasing_order', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_purchasing_order_supplier_id_status'), ['supplier_id', 'status'], unique=False)

    op.create_table('purchasing_order_line',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ordered_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('received_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cancelled_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit_cost_minor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('ordered_qty > 0 AND received_qty >= 0 AND cancelled_qty >= 0 AND received_qty + cancelled_qty <= ordered_qty', name=op.f('ck_purchasing_order_line_quantities')),
    sa.ForeignKeyConstraint(['order_id'], ['purchasing_order.id'], name=op.f('fk_purchasing_order_line_order_id_purchasing_order')),
    sa.ForeignKeyConstraint(['product_id'], ['inventory_product.id'], name=op.f('fk_purchasing_order_line_product_id_inventory_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchasing_order_line')),
    sa.UniqueConstraint('order_id', 'position', name=op.f('uq_purchasing_order_line_order_id_position')),
    sa.UniqueConstraint('order_id', 'product_id', name=op.f('uq_purchasing_order_line_order_id_product_id'))
    )
    with op.batch_alter_table('purchasing_order_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_purchasing_order_line_product_id'), ['product_id'], unique=False)

    op.create_table('purchasing_receipt',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=254), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['purchasing_order.id'], name=op.f('fk_purchasing_receipt_order_id_purchasing_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchasing_receipt')),
    sa.UniqueConstraint('number', name=op.f('uq_purchasing_receipt_number'))
    )
    with op.batch_alter_table('purchasing_receipt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_purchasing_receipt_order_id'), ['order_id'], unique=False)

    op.create_table('purchasing_receipt_line',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('receipt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('stocked', sa.Boolean(), nullable=False),
    sa.CheckConstraint('qty > 0', name=op.f('ck_purchasing_receipt_line_qty')),
    sa.ForeignKeyConstraint(['order_line_id'], ['purchasing_order_line.id'], name=op.f('fk_purchasing_receipt_line_order_line_id_purchasing_order_line')),
    sa.ForeignKeyConstraint(['receipt_id'], ['purchasing_receipt.id'], name=op.f('fk_purchasing_receipt_line_receipt_id_purchasing_receipt')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchasing_receipt_line')),
    sa.UniqueConstraint('receipt_id', 'order_line_id', name=op.f('uq_purchasing_receipt_line_receipt_id_order_line_id'))
    )
    migrate.create_sequence(op, 'purchase_order')
    migrate.create_sequence(op, 'receipt')


def downgrade() -> None:
    migrate.drop_sequence(op, 'purchase_order')
    migrate.drop_sequence(op, 'receipt')
    op.drop_table('purchasing_receipt_line')
    with op.batch_alter_table('purchasing_receipt', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_purchasing_receipt_order_id'))

    op.drop_table('purchasing_receipt')
    with op.batch_alter_table('purchasing_order_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_purchasing_order_line_product_id'))

    op.drop_table('purchasing_order_line')
    with op.batch_alter_table('purchasing_order', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_purchasing_order_supplier_id_status'))

    op.drop_table('purchasing_order')
    with op.batch_alter_table('purchasing_supplier_product', schema=None) as batch_op:
        batch_op.drop_index('uq_purchasing_supplier_product_preferred', sqlite_where=sa.text('preferred'), postgresql_where=sa.text('preferred'))
        batch_op.drop_index(batch_op.f('ix_purchasing_supplier_product_product_id'))

    op.drop_table('purchasing_supplier_product')
    with op.batch_alter_table('purchasing_supplier', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_purchasing_supplier_name'))

    op.drop_table('purchasing_supplier')
