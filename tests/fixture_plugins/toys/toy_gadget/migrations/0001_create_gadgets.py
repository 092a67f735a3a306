"""create gadgets."""

import sqlalchemy as sa
from alembic import op

from erp_core.migrate import append_only, create_sequence, drop_append_only, drop_sequence


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('toy_gadget_gadget',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('weight', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('weight >= 0', name=op.f('ck_toy_gadget_gadget_weight')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_toy_gadget_gadget')),
    sa.UniqueConstraint('name', name=op.f('uq_toy_gadget_gadget_name'))
    )
    op.create_table('toy_gadget_tick',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('process', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_toy_gadget_tick'))
    )
    op.create_table('toy_gadget_use',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('gadget_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('times', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['gadget_id'], ['toy_gadget_gadget.id'], name=op.f('fk_toy_gadget_use_gadget_id_toy_gadget_gadget')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_toy_gadget_use'))
    )
    create_sequence(op, 'toy_gadget')
    append_only(op, 'toy_gadget_use')


def downgrade() -> None:
    drop_append_only(op, 'toy_gadget_use')
    drop_sequence(op, 'toy_gadget')
    op.drop_table('toy_gadget_use')
    op.drop_table('toy_gadget_tick')
    op.drop_table('toy_gadget_gadget')
