"""Distillation: a student that needs one evaluation."""
