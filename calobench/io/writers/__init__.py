"""Writing files of showers: whole or not at all."""
