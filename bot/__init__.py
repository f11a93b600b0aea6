"""The daemon and its faces. Imports everything, imported by nobody."""
