"""What Alembic runs: the migrations, on the connection that ``ssg.store.schema`` hands over."""

from alembic import context

from ssg.store.schema import VERSION_TABLE
from ssg.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
