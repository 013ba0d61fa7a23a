"""Runs over time: one line per run, the trends of their main scores, and where those change."""
