"""Learning: hints that were taken, whether an attempt has shown the reference, and reports beside drawn answers.

Every attempt of before was shown the reference as it was recorded. The drafts move to a table whose key has the kind of
answer in it, because SQLite cannot change the key of a table that is there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of hints, and the columns."""
    op.add_column("attempts", sa.Column("kind", sa.String(20), nullable=False, server_default="boxes"))
    op.add_column("attempts", sa.Column("hints", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("attempts", sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE attempts SET revealed_at = recorded_at")
    op.create_table(
        "hints",
        sa.Column(
            "learner_id", sa.String(100), sa.ForeignKey("learners.id", name="fk_hints_learner"), primary_key=True
        ),
        sa.Column("case_set", sa.String(100), primary_key=True),
        sa.Column("case_id", sa.String(100), primary_key=True),
        sa.Column("finding", sa.String(100), primary_key=True),
        sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("cost", sa.Float, nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "kept_drafts",
        sa.Column(
            "learner_id", sa.String(100), sa.ForeignKey("learners.id", name="fk_kept_drafts_learner"), primary_key=True
        ),
        sa.Column("case_set", sa.String(100), primary_key=True),
        sa.Column("case_id", sa.String(100), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("case_version", sa.String(100), nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(
        "INSERT INTO kept_drafts (learner_id, case_set, case_id, kind, case_version, answer, saved_at) "
        "SELECT learner_id, case_set, case_id, 'boxes', case_version, answer, saved_at FROM drafts"
    )
    op.drop_table("drafts")
    op.rename_table("kept_drafts", "drafts")
