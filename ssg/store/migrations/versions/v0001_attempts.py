"""Learners and their attempts: what must never be lost.

A token is unique for a learner and not for everybody, so that nobody can reach another learner's attempt by guessing
its token.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "learners",
        sa.Column("id", sa.String(100), primary_key=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "attempts",
        sa.Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column("receipt", sa.String(24), nullable=False),
        sa.Column("token", sa.String(100), nullable=False),
        sa.Column(
            "learner_id", sa.String(100), sa.ForeignKey("learners.id", name="fk_attempts_learner"), nullable=False
        ),
        sa.Column("case_set", sa.String(100), nullable=False),
        sa.Column("case_id", sa.String(100), nullable=False),
        sa.Column("case_version", sa.String(100), nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("breakdown", sa.JSON, nullable=False),
        sa.Column("total", sa.Float, nullable=True),
        sa.Column("policy", sa.String(300), nullable=True),
        sa.Column("duration_s", sa.Float, nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("learner_id", "token", name="uq_attempts_learner_token"),
        sa.UniqueConstraint("receipt", name="uq_attempts_receipt"),
    )
    op.create_index("ix_attempts_learner_case", "attempts", ["learner_id", "case_set", "case_id"])
