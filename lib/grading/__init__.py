"""Holds finished runs against themselves."""
