"""add rulings by hand."""

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('backorders_ruling',
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('owner', sa.String(length=254), nullable=False),
    sa.Column('reason', sa.String(length=254), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("expires_at IS NULL OR kind = 'pinned'", name=op.f('ck_backorders_ruling_expiry')),
    sa.CheckConstraint("kind IN ('pinned', 'forced')", name=op.f('ck_backorders_ruling_kind')),
    sa.CheckConstraint('qty > 0', name=op.f('ck_backorders_ruling_qty')),
    sa.ForeignKeyConstraint(['line_id'], ['sales_order_line.id'], name=op.f('fk_backorders_ruling_line_id_sales_order_line')),
    sa.PrimaryKeyConstraint('line_id', 'kind', name=op.f('pk_backorders_ruling'))
    )
    with op.batch_alter_table('backorders_ruling', schema=None) as batch_op:
        batch_op.create_index('ix_backorders_ruling_expires_at', ['expires_at'], unique=False, sqlite_where=sa.text('expires_at IS NOT NULL'), postgresql_where=sa.text('expires_at IS NOT NULL'))

    with op.batch_alter_table('backorders_queue', schema=None) as batch_op:
        batch_op.create_index('ix_backorders_queue_forced', ['line_id'], unique=False, sqlite_where=sa.text('forced_qty > 0'), postgresql_where=sa.text('forced_qty > 0'))



def downgrade() -> None:
    with op.batch_alter_table('backorders_queue', schema=None) as batch_op:
        batch_op.drop_index('ix_backorders_queue_forced', sqlite_where=sa.text('forced_qty > 0'), postgresql_where=sa.text('forced_qty > 0'))

    with op.batch_alter_table('backorders_ruling', schema=None) as batch_op:
        batch_op.drop_index('ix_backorders_ruling_expires_at', sqlite_where=sa.text('expires_at IS NOT NULL'), postgresql_where=sa.text('expires_at IS NOT NULL'))

    op.drop_table('backorders_ruling')
