"""The stand-in platforms: real HTTP servers on loopback that answer as the platforms do."""
