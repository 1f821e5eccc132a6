"""Aktenlauf: document management and e-invoice workflow for German municipalities."""

__version__ = "0.1.0"
