"""Entry point: ``python app.py`` here, and what a Hugging Face Space runs. No logic."""

import sys

from ssg.web.serve import main

if __name__ == "__main__":
    sys.exit(main())
