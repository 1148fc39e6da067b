"""Exercises of the chapter segmentation."""
