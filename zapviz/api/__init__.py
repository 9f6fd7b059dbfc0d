"""What users hold: traces, comparisons, races and tables that show themselves."""
