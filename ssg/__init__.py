"""SSG: spatial-semantic grounding for radiology teaching. Not a medical device."""

__version__ = "0.1.0"
NOTICE = "For teaching and research only. Not a medical device, not for clinical use."
