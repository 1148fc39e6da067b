"""Exercises of the chapter machine_translation."""
