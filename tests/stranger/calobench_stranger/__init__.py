"""A package that adds to calobench from outside; docs/extending.md explains it."""
