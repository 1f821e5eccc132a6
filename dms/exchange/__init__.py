"""Bundles that leave the house: export with manifest."""
