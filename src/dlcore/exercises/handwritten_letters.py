"""Exercises of the chapter handwritten_letters."""
