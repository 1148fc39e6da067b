"""Exercises of the chapter efficient_algorithms."""
