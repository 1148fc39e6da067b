"""Exercises of the chapter adversarial_security."""
