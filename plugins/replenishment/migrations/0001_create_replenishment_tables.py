"""create replenishment tables."""

import sqlalchemy as sa
from alembic import op


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('replenishment_proposal',
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('backorders', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reorder', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('on_order', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('missing', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['product_id'], ['inventory_product.id'], name=op.f('fk_replenishment_proposal_product_id_inventory_product')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_replenishment_proposal_warehouse_id_inventory_warehouse')),
    sa.PrimaryKeyConstraint('product_id', 'warehouse_id', name=op.f('pk_replenishment_proposal'))
    )
    with op.batch_alter_table('replenishment_proposal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_replenishment_proposal_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('replenishment_rule',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('method', sa.String(length=16), nullable=False),
    sa.Column('min_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('max_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('service_permille', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lead_time_days', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('lead_time_deviation', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("method IN ('min_max', 'reorder_point')", name=op.f('ck_replenishment_rule_method')),
    sa.CheckConstraint("min_qty >= 0 AND max_qty >= 0 AND (method <> 'min_max' OR max_qty > min_qty)", name=op.f('ck_replenishment_rule_levels')),
    sa.CheckConstraint('(lead_time_days IS NULL OR lead_time_days >= 0) AND lead_time_deviation >= 0', name=op.f('ck_replenishment_rule_lead_time')),
    sa.CheckConstraint('service_permille IN (500, 800, 850, 900, 950, 975, 980, 990, 995, 999)', name=op.f('ck_replenishment_rule_service')),
    sa.ForeignKeyConstraint(['product_id'], ['inventory_product.id'], name=op.f('fk_replenishment_rule_product_id_inventory_product')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['inventory_warehouse.id'], name=op.f('fk_replenishment_rule_warehouse_id_inventory_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_replenishment_rule')),
    sa.UniqueConstraint('product_id', 'warehouse_id', name=op.f('uq_replenishment_rule_product_id_warehouse_id'))
    )
    with op.batch_alter_table('replenishment_rule', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_replenishment_rule_warehouse_id'), ['warehouse_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('replenishment_rule', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_replenishment_rule_warehouse_id'))

    op.drop_table('replenishment_rule')
    with op.batch_alter_table('replenishment_proposal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_replenishment_proposal_warehouse_id'))

    op.drop_table('replenishment_proposal')
