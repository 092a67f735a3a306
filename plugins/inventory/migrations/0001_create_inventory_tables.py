"""create inventory tables."""

import sqlalchemy as sa
from alembic import op

from erp_core import migrate

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('inventory_product',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sku', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('tracked', sa.Boolean(), nullable=False),
    sa.Column('custom_made', sa.Boolean(), nullable=False),
    sa.Column('replacement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('barcode', sa.String(length=64), nullable=True),
    sa.Column('sale_price_minor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cost_minor', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reorder_point', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('external_id', sa.String(length=64), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('replacement_id IS NULL OR replacement_id <> id', name=op.f('ck_inventory_product_replacement')),
    sa.CheckConstraint('sale_price_minor >= 0 AND cost_minor >= 0 AND reorder_point >= 0', name=op.f('ck_inventory_product_not_negative')),
    sa.ForeignKeyConstraint(['replacement_id'], ['inventory_product.id'], name=op.f('fk_inventory_product_replacement_id_inventory_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_product')),
    sa.UniqueConstraint('external_id', name=op.f('uq_inventory_product_external_id')),
    sa.UniqueConstraint('sku', name=op.f('uq_inventory_product_sku'))
    )
    with op.batch_alter_table('inventory_product', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_product_barcode'), ['barcode'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_product_name'), ['name'], unique=False)

    op.create_table('inventory_peg',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('supply_source', sa.String(length=64), nullable=False),
    sa.Column('supply_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('demand_source', sa.String(length=64), nullable=False),
    sa.Column('demand_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('qty > 0', name=op.f('ck_inventory_peg_qty')),
    sa.ForeignKeyConstraint(['product_id'], ['inventory_product.id'], name=op.f('fk_inventory_peg_product_id_inventory_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_peg')),
    sa.UniqueConstraint('supply_source', 'supply_line_id', 'demand_source', 'demand_line_id', name=op.f('uq_inventory_peg_supply_source_supply_line_id_demand_source_demand_line_id'))
    )
    with op.batch_alter_table('inventory_peg', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_peg_demand_source_demand_line_id'), ['demand_source', 'demand_line_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_inventory_peg_product_id'), ['product_id'], unique=False)

    op.create_table('inventory_warehouse',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('company_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('is_default', sa.Boolean(), nullable=False),
    sa.Column('serves_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('street', sa.String(length=200), nullable=False),
    sa.Column('city', sa.String(length=120), nullable=False),
    sa.Column('postcode', sa.String(length=32), nullable=False),
    sa.Column('country', sa.String(length=80), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("kind IN ('store', 'warehouse', 'dropship', 'defective', 'reserved')", name=op.f('ck_inventory_warehouse_kind')),
    sa.ForeignKeyConstraint(['company_id'], ['core_company.id'], name=op.f('fk_inventory_warehouse_company_id_core_company')),
    sa.ForeignKeyConstraint(['serves_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_warehouse_serves_id_inventory_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_warehouse')),
    sa.UniqueConstraint('code', name=op.f('uq_inventory_warehouse_code'))
    )
    with op.batch_alter_table('inventory_warehouse', schema=None) as batch_op:
        batch_op.create_index('uq_inventory_warehouse_default', ['company_id'], unique=True, sqlite_where=sa.text('is_default'), postgresql_where=sa.text('is_default'))

    op.create_table('inventory_adjustment',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=254), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=254), nullable=False),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_adjustment_warehouse_id_inventory_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_adjustment')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_adjustment_number'))
    )
    op.create_table('inventory_balance',
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('on_hand', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('on_hand >= 0', name=op.f('ck_inventory_balance_on_hand')),
    sa.ForeignKeyConstraint(['product_id'], ['inventory_product.id'], name=op.f('fk_inventory_balance_product_id_inventory_product')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_balance_warehouse_id_inventory_warehouse')),
    sa.PrimaryKeyConstraint('product_id', 'warehouse_id', name=op.f('pk_inventory_balance'))
    )
    op.create_table('inventory_move',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('source', sa.String(length=64), nullable=False),
    sa.Column('source_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source_line', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=254), nullable=False),
    sa.Column('actor', sa.String(length=254), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('qty <> 0', name=op.f('ck_inventory_move_qty')),
    sa.ForeignKeyConstraint(['product_id'], ['inventory_product.id'], name=op.f('fk_inventory_move_product_id_inventory_product')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_move_warehouse_id_inventory_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_move')),
    sa.UniqueConstraint('source', 'source_id', 'source_line', 'kind', 'product_id', 'warehouse_id', name='uq_inventory_move_once')
    )
    with op.batch_alter_table('inventory_move', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_move_product_id_warehouse_id_id'), ['product_id', 'warehouse_id', 'id'], unique=False)

    op.create_table('inventory_transfer',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('from_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('to_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('status', sa.String(length=24), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('dispatched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("status IN ('draft', 'requested', 'in_transit', 'partially_received', 'received', 'cancelled')", name=op.f('ck_inventory_transfer_status')),
    sa.CheckConstraint('from_id <> to_id', name=op.f('ck_inventory_transfer_two_places')),
    sa.ForeignKeyConstraint(['from_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_transfer_from_id_inventory_warehouse')),
    sa.ForeignKeyConstraint(['to_id'], ['inventory_warehouse.id'], name=op.f('fk_inventory_transfer_to_id_inventory_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_transfer')),
    sa.UniqueConstraint('number', name=op.f('uq_inventory_transfer_number'))
    )
    with op.batch_alter_table('inventory_transfer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_transfer_status'), ['status'], unique=False)

    op.create_table('inventory_transfer_line',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('transfer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('dispatched_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('received_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('qty > 0 AND received_qty >= 0 AND dispatched_qty >= received_qty AND qty >= dispatched_qty', name=op.f('ck_inventory_transfer_line_quantities')),
    sa.ForeignKeyConstraint(['product_id'], ['inventory_product.id'], name=op.f('fk_inventory_transfer_line_product_id_inventory_product')),
    sa.ForeignKeyConstraint(['transfer_id'], ['inventory_transfer.id'], name=op.f('fk_inventory_transfer_line_transfer_id_inventory_transfer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_transfer_line')),
    sa.UniqueConstraint('transfer_id', 'position', name=op.f('uq_inventory_transfer_line_transfer_id_position'))
    )
    with op.batch_alter_table('inventory_transfer_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_transfer_line_product_id'), ['product_id'], unique=False)

    op.create_table('inventory_transfer_receipt',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('transfer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=254), nullable=False),
    sa.ForeignKeyConstraint(['transfer_id'], ['inventory_transfer.id'], name=op.f('fk_inventory_transfer_receipt_transfer_id_inventory_transfer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inventory_transfer_receipt'))
    )
    with op.batch_alter_table('inventory_transfer_receipt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inventory_transfer_receipt_transfer_id'), ['transfer_id'], unique=False)

    migrate.create_sequence(op, 'service')
    migrate.create_sequence(op, 'adjustment')
    migrate.create_sequence(op, 'transfer')
    migrate.append_only(op, 'inventory_move')


def downgrade() -> None:
    migrate.drop_append_only(op, 'inventory_move')
    migrate.drop_sequence(op, 'service')
    migrate.drop_sequence(op, 'adjustment')
    migrate.drop_sequence(op, 'transfer')
    with op.batch_alter_table('inventory_transfer_receipt', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_transfer_receipt_transfer_id'))

    op.drop_table('inventory_transfer_receipt')
    with op.batch_alter_table('inventory_transfer_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_transfer_line_product_id'))

    op.drop_table('inventory_transfer_line')
    with op.batch_alter_table('inventory_transfer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_transfer_status'))

    op.drop_table('inventory_transfer')
    with op.batch_alter_table('inventory_move', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_move_product_id_warehouse_id_id'))

    op.drop_table('inventory_move')
    op.drop_table('inventory_balance')
    op.drop_table('inventory_adjustment')
    with op.batch_alter_table('inventory_warehouse', schema=None) as batch_op:
        batch_op.drop_index('uq_inventory_warehouse_default', sqlite_where=sa.text('is_default'), postgresql_where=sa.text('is_default'))

    op.drop_table('inventory_warehouse')
    with op.batch_alter_table('inventory_peg', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_peg_product_id'))
        batch_op.drop_index(batch_op.f('ix_inventory_peg_demand_source_demand_line_id'))

    op.drop_table('inventory_peg')
    with op.batch_alter_table('inventory_product', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inventory_product_name'))
        batch_op.drop_index(batch_op.f('ix_inventory_product_barcode'))

    op.drop_table('inventory_product')
