"""Drafts, so that a reload loses nothing, and the history of questions asked."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "drafts",
        sa.Column(
            "learner_id", sa.String(100), sa.ForeignKey("learners.id", name="fk_drafts_learner"), primary_key=True
        ),
        sa.Column("case_set", sa.String(100), primary_key=True),
        sa.Column("case_id", sa.String(100), primary_key=True),
        sa.Column("case_version", sa.String(100), nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "questions",
        sa.Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column(
            "learner_id", sa.String(100), sa.ForeignKey("learners.id", name="fk_questions_learner"), nullable=False
        ),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("status", sa.String(100), nullable=False),
        sa.Column("image_digest", sa.String(100), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_questions_learner", "questions", ["learner_id", "id"])
