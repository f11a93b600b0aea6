"""What the model is worth, and what it learns from the people who use it."""
