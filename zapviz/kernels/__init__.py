"""All that depends on a kernel's version: its rules, names and locks, and what was seen on it."""
