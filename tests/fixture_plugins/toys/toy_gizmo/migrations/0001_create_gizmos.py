"""create gizmos."""

import sqlalchemy as sa
from alembic import op


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('toy_gizmo_gizmo',
    sa.Column('gadget_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('colour', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['gadget_id'], ['toy_gadget_gadget.id'], name=op.f('fk_toy_gizmo_gizmo_gadget_id_toy_gadget_gadget'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('gadget_id', name=op.f('pk_toy_gizmo_gizmo'))
    )


def downgrade() -> None:
    op.drop_table('toy_gizmo_gizmo')
