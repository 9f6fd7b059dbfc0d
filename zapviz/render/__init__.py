"""How states are drawn: one palette, and the pictures that use it."""
