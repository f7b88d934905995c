"""One file for each change of the schema, numbered; never edited once released."""
