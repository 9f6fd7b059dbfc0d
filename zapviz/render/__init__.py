"""How runs and results are drawn: one palette, and the pictures and texts that use it."""
