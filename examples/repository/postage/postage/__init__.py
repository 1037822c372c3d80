"""Prices, tracking and labels of parcels."""
