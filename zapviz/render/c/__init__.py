"""C programs that show a scenario on a real kernel."""
