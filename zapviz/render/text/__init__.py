"""Plain text: at most 72 columns, 7-bit ASCII."""
