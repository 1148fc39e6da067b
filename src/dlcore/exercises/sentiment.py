"""Exercises of the chapter sentiment."""
