"""Exercises of the chapter larger_models."""
