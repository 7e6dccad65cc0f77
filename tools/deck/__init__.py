"""Slides of a lesson: what is on them, and how it looks."""
