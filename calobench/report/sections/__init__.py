"""Sections of the report beyond the scores: one file a section, with a template of the same name."""
