"""Results that one group submits and another checks again: the document, and the checks."""
