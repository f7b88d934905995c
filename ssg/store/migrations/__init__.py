"""Changes of the schema, for Alembic: ``env.py`` runs them, ``versions/`` holds them."""
