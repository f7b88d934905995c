"""The stages that make a policy: ``python -m training STAGE --help``. Imports ``ssg``; nothing in ``ssg`` imports it."""
