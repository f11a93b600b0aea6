"""What wakes deliveries: embedded (one process, SQLite). Both kinds share `bot.publishing.deliver`."""
