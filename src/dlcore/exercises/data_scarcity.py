"""Exercises of the chapter data_scarcity."""
