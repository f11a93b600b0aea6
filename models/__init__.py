"""What the office knows: tables, states and their moves, the database session. Imports nothing of ours."""
