"""Alembic's entry: runs one owner's history on the connection that `erp_core.migrate` hands in."""

from alembic import context

from erp_core.db import Model, UtcDateTime



def render_item(kind, item, _context):
    """Write plain column types, so that old revisions do not depend on today's code."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UtcDateTime) else False


options = context.config.attributes
context.configure(
    connection=options["connection"],
    target_metadata=Model.metadata,
    version_table=f"erp_version_{options['owner']}",
    include_name=options["include_name"],
    include_object=options["include_object"],
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
