"""Checks for lesson 05, LeNet."""

__all__ = []
