"""What platforms tell us by themselves: received and stored at once, worked after."""
