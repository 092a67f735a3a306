"""Pegs name sales order lines by the key of sales, which speaks for them when goods arrive."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

PEG = sa.table('inventory_peg', sa.column('demand_source', sa.String))


def upgrade() -> None:
    rename('backorders.line', 'sales.order_line')


def downgrade() -> None:
    rename('sales.order_line', 'backorders.line')


def rename(old: str, new: str) -> None:
    op.execute(sa.update(PEG).where(PEG.c.demand_source == old).values(demand_source=new))
