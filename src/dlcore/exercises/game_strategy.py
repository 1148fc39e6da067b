"""Exercises of the chapter game_strategy."""
