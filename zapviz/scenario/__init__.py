"""Scenarios: their language, their text, the shipped ones, and the forms in which one is given."""
