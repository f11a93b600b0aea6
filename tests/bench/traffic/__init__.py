"""Generated traffic for the replay: pretended citizens, rumours with their gold, and what looks like a rumour."""
