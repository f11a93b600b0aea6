"""The web console: server-rendered pages for officers. Holds no rules; calls `publishing`, `duty` and `people`."""
