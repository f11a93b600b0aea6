"""How to speak to one platform: one adapter a file or folder, dataclasses in and out, typed errors, limits as data.

Imports nothing of ours and never sees a table.
"""
