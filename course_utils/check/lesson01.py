"""Checks for lesson 01, cross-correlation."""

__all__ = []
