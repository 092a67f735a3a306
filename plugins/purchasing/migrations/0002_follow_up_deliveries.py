"""follow up deliveries."""

import sqlalchemy as sa
from alembic import op

from erp_core import migrate


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('purchasing_return',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=254), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=254), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['purchasing_order.id'], name=op.f('fk_purchasing_return_order_id_purchasing_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchasing_return')),
    sa.UniqueConstraint('number', name=op.f('uq_purchasing_return_number'))
    )
    with op.batch_alter_table('purchasing_return', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_purchasing_return_order_id'), ['order_id'], unique=False)

    op.create_table('purchasing_return_line',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('return_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('stocked', sa.Boolean(), nullable=False),
    sa.CheckConstraint('qty > 0', name=op.f('ck_purchasing_return_line_qty')),
    sa.ForeignKeyConstraint(['order_line_id'], ['purchasing_order_line.id'], name=op.f('fk_purchasing_return_line_order_line_id_purchasing_order_line')),
    sa.ForeignKeyConstraint(['return_id'], ['purchasing_return.id'], name=op.f('fk_purchasing_return_line_return_id_purchasing_return')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchasing_return_line')),
    sa.UniqueConstraint('return_id', 'order_line_id', name=op.f('uq_purchasing_return_line_return_id_order_line_id'))
    )
    with op.batch_alter_table('purchasing_return_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_purchasing_return_line_order_line_id'), ['order_line_id'], unique=False)

    with op.batch_alter_table('purchasing_order_line', schema=None) as batch_op:
        batch_op.add_column(sa.Column('over_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('expected_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('outcome', sa.String(length=16), server_default='', nullable=False))
        batch_op.add_column(sa.Column('outcome_note', sa.String(length=254), server_default='', nullable=False))
        batch_op.create_check_constraint('over', 'over_qty BETWEEN 0 AND ordered_qty')

    with op.batch_alter_table('purchasing_receipt', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reason', sa.String(length=254), server_default='', nullable=False))
        batch_op.add_column(sa.Column('reverses_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.create_index('uq_purchasing_receipt_reverses', ['reverses_id'], unique=True)
        batch_op.create_foreign_key(batch_op.f('fk_purchasing_receipt_reverses_id_purchasing_receipt'), 'purchasing_receipt', ['reverses_id'], ['id'])

    with op.batch_alter_table('purchasing_receipt_line', schema=None) as batch_op:
        batch_op.add_column(sa.Column('direct_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('over_qty', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.create_check_constraint('parts', 'direct_qty BETWEEN 0 AND qty AND over_qty BETWEEN 0 AND qty')

    migrate.create_sequence(op, 'supplier_return')


def downgrade() -> None:
    migrate.drop_sequence(op, 'supplier_return')

    with op.batch_alter_table('purchasing_receipt_line', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_purchasing_receipt_line_parts'), type_='check')
        batch_op.drop_column('over_qty')
        batch_op.drop_column('direct_qty')

    with op.batch_alter_table('purchasing_receipt', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_purchasing_receipt_reverses_id_purchasing_receipt'), type_='foreignkey')
        batch_op.drop_index('uq_purchasing_receipt_reverses')
        batch_op.drop_column('reverses_id')
        batch_op.drop_column('reason')

    with op.batch_alter_table('purchasing_order_line', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_purchasing_order_line_over'), type_='check')
        batch_op.drop_column('outcome_note')
        batch_op.drop_column('outcome')
        batch_op.drop_column('expected_on')
        batch_op.drop_column('over_qty')

    with op.batch_alter_table('purchasing_return_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_purchasing_return_line_order_line_id'))

    op.drop_table('purchasing_return_line')
    with op.batch_alter_table('purchasing_return', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_purchasing_return_order_id'))

    op.drop_table('purchasing_return')
