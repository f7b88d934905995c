"""The stages that make a policy: ``python -m training STAGE --help``. Nothing in ``ssg`` imports this."""
