"""Exercises of the chapter text_classification."""
