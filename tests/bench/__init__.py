"""Measurements: ratios within one run, printed, never asserted by the test suite."""
