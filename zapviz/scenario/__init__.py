"""The scenario: its language, its text, the shipped ones, and how one is given."""
