"""Exercises of the chapter faq."""
