"""Exercises: what becomes of each entry, asked before it is shown."""
