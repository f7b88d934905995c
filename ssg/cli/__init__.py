"""The command line: ``python -m ssg COMMAND``. One file a command, each with ``add_arguments`` and ``main``.

Commands turn errors into one line on stderr and exit code 2; nothing here computes anything itself.
"""
