"""The scripted day: a whole office on the stand-in platforms, with the real adapters, engine, store, model and bot."""
