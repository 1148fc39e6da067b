"""Exercises of the chapter compute_cost."""
