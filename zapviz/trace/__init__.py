"""A run and its record: each step with the state after it, as plain values."""
