"""The model: immutable states, small steps, and the rules by which entries are zapped and arise."""
