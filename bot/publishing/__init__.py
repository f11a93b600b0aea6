"""The way out: draft, check, approve, schedule, deliver. Every surface calls these functions; the rules live here."""
