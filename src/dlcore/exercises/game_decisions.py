"""Exercises of the chapter game_decisions."""
