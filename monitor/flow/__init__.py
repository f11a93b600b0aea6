"""From stored mention to stored score: what waits, in which order it is taken, and the scoring itself."""
