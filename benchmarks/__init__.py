"""Figures that the documentation gives, each by one command."""
