"""The captures that generate.py writes: one module for each folder, and what they share."""
