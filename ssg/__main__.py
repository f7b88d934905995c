"""``python -m ssg``: the command line."""

import sys

from ssg.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
