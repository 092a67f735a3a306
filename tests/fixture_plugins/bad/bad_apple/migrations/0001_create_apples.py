"""create apples, without their colour and without a way back."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bad_apple_apple",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bad_apple_apple")),
        sa.UniqueConstraint("name", name=op.f("uq_bad_apple_apple_name")),
        if_not_exists=True,
    )


def downgrade() -> None:
    pass
