"""What becomes of each entry on each path: smallest scenarios, decided and tabulated."""
