"""What people say and what reaches them. Imports models and channels."""
