"""Matplotlib figures, and films made of them."""
