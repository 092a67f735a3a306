"""create sales tables."""

import sqlalchemy as sa
from alembic import op

from erp_core import migrate

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('sales_customer',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('company_name', sa.String(length=200), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('phone', sa.String(length=64), nullable=False),
    sa.Column('street', sa.String(length=200), nullable=False),
    sa.Column('city', sa.String(length=120), nullable=False),
    sa.Column('region', sa.String(length=120), nullable=False),
    sa.Column('postcode', sa.String(length=32), nullable=False),
    sa.Column('country', sa.String(length=80), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('external_id', sa.String(length=64), nullable=True),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales_customer')),
    sa.UniqueConstraint('code', name=op.f('uq_sales_customer_code')),
    sa.UniqueConstraint('external_id', name=op.f('uq_sales_customer_external_id'))
    )
    with op.batch_alter_table('sales_customer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sales_customer_email'), ['email'], unique=False)
        batch_op.create_index(batch_op.f('ix_sales_customer_name'), ['name'], unique=False)

    op.create_table('sales_order',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('company_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('status', sa.String(length=24), nullable=False),
    sa.Column('sequence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('priority', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ordered_on', sa.Date(), nullable=False),
    sa.Column('required_on', sa.Date(), nullable=True),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('ship_name', sa.String(length=200), nullable=False),
    sa.Column('ship_street', sa.String(length=200), nullable=False),
    sa.Column('ship_city', sa.String(length=120), nullable=False),
    sa.Column('ship_region', sa.String(length=120), nullable=False),
    sa.Column('ship_postcode', sa.String(length=32), nullable=False),
    sa.Column('ship_country', sa.String(length=80), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('parent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('external_id', sa.String(length=64), nullable=True),
    sa.Column('entry_key', sa.String(length=64), nullable=True),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("status IN ('draft', 'confirmed', 'approved', 'on_hold', 'partially_fulfilled', 'fulfilled', 'cancelled')", name=op.f('ck_sales_order_status')),
    sa.CheckConstraint('priority BETWEEN -8 AND 7', name=op.f('ck_sales_order_priority')),
    sa.ForeignKeyConstraint(['company_id'], ['core_company.id'], name=op.f('fk_sales_order_company_id_core_company')),
    sa.ForeignKeyConstraint(['customer_id'], ['sales_customer.id'], name=op.f('fk_sales_order_customer_id_sales_customer')),
    sa.ForeignKeyConstraint(['parent_id'], ['sales_order.id'], name=op.f('fk_sales_order_parent_id_sales_order')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_sales_order_warehouse_id_inventory_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales_order')),
    sa.UniqueConstraint('entry_key', name=op.f('uq_sales_order_entry_key')),
    sa.UniqueConstraint('external_id', name=op.f('uq_sales_order_external_id')),
    sa.UniqueConstraint('number', name=op.f('uq_sales_order_number'))
    )
    with op.batch_alter_table('sales_order', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sales_order_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_sales_order_sequence'), ['sequence'], unique=False)
        batch_op.create_index(batch_op.f('ix_sales_order_status_id'), ['status', 'id'], unique=False)

    op.create_table('sales_order_line',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ordered_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('shipped_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cancelled_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit_price_minor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('discount_bp', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('discount_bp BETWEEN 0 AND 10000', name=op.f('ck_sales_order_line_discount')),
    sa.CheckConstraint('ordered_qty > 0 AND shipped_qty >= 0 AND cancelled_qty >= 0 AND shipped_qty + cancelled_qty <= ordered_qty', name=op.f('ck_sales_order_line_quantities')),
    sa.CheckConstraint('position BETWEEN 1 AND 65535', name=op.f('ck_sales_order_line_position')),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_sales_order_line_order_id_sales_order')),
    sa.ForeignKeyConstraint(['product_id'], ['inventory_product.id'], name=op.f('fk_sales_order_line_product_id_inventory_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales_order_line')),
    sa.UniqueConstraint('order_id', 'position', name=op.f('uq_sales_order_line_order_id_position'))
    )
    with op.batch_alter_table('sales_order_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sales_order_line_product_id'), ['product_id'], unique=False)

    op.create_table('sales_payment',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('method', sa.String(length=32), nullable=False),
    sa.Column('amount_minor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reference', sa.String(length=120), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('amount_minor <> 0', name=op.f('ck_sales_payment_amount')),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_sales_payment_order_id_sales_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales_payment'))
    )
    with op.batch_alter_table('sales_payment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sales_payment_order_id'), ['order_id'], unique=False)

    op.create_table('sales_shipment',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=254), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_sales_shipment_order_id_sales_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales_shipment')),
    sa.UniqueConstraint('number', name=op.f('uq_sales_shipment_number'))
    )
    with op.batch_alter_table('sales_shipment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sales_shipment_order_id'), ['order_id'], unique=False)

    op.create_table('sales_shipment_line',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('shipment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('qty > 0', name=op.f('ck_sales_shipment_line_qty')),
    sa.ForeignKeyConstraint(['order_line_id'], ['sales_order_line.id'], name=op.f('fk_sales_shipment_line_order_line_id_sales_order_line')),
    sa.ForeignKeyConstraint(['shipment_id'], ['sales_shipment.id'], name=op.f('fk_sales_shipment_line_shipment_id_sales_shipment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales_shipment_line')),
    sa.UniqueConstraint('shipment_id', 'order_line_id', name=op.f('uq_sales_shipment_line_shipment_id_order_line_id'))
    )
    with op.batch_alter_table('sales_shipment_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sales_shipment_line_order_line_id'), ['order_line_id'], unique=False)

    migrate.create_sequence(op, 'sales_order')
    migrate.create_sequence(op, 'shipment')
    migrate.create_sequence(op, 'customer')


def downgrade() -> None:
    migrate.drop_sequence(op, 'sales_order')
    migrate.drop_sequence(op, 'shipment')
    migrate.drop_sequence(op, 'customer')
    with op.batch_alter_table('sales_shipment_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sales_shipment_line_order_line_id'))

    op.drop_table('sales_shipment_line')
    with op.batch_alter_table('sales_shipment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sales_shipment_order_id'))

    op.drop_table('sales_shipment')
    with op.batch_alter_table('sales_payment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sales_payment_order_id'))

    op.drop_table('sales_payment')
    with op.batch_alter_table('sales_order_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sales_order_line_product_id'))

    op.drop_table('sales_order_line')
    with op.batch_alter_table('sales_order', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sales_order_status_id'))
        batch_op.drop_index(batch_op.f('ix_sales_order_sequence'))
        batch_op.drop_index(batch_op.f('ix_sales_order_customer_id'))

    op.drop_table('sales_order')
    with op.batch_alter_table('sales_customer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sales_customer_name'))
        batch_op.drop_index(batch_op.f('ix_sales_customer_email'))

    op.drop_table('sales_customer')
