"""Runs and their records: each step with the state after it, as plain values."""
