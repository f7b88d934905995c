"""Figures of speed, each by one command."""
