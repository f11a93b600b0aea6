"""The office's accounts: whether they work and will, their tokens, pauses, and what happens when one is lost."""
