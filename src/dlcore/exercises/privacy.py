"""Exercises of the chapter privacy."""
