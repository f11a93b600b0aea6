"""What wakes deliveries: embedded (one process) or distributed (PostgreSQL, any number of processes).

Both hide behind `base.Engine` and share the delivering rooms of `bot.publishing`; `choose.open_engine` picks one.
"""
