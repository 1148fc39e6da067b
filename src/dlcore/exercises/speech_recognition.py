"""Exercises of the chapter speech_recognition."""
