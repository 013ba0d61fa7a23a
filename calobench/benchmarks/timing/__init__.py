"""Timing models beside Geant4: on the same core, in the same run, with errors and a verdict on the machine.

Nothing is imported here: a process that measures starts in this package and must be pinned to its
cores before numpy starts any thread.
"""
