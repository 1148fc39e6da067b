"""Exercises of the chapter tools."""
