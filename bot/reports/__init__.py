"""What leaders read and what the chat shows: charts and the weekly summary."""
