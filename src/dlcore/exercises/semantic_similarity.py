"""Exercises of the chapter semantic_similarity."""
