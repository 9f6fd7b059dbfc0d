"""Matplotlib figures, and films made of them."""

from zapviz.errors import need

need("drawing a picture", ("matplotlib", "matplotlib"), ("numpy", "numpy"), ("PIL", "pillow"))
