"""Exercises of the chapter image_classification."""
