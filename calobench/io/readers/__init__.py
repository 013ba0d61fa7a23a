"""One file a format that can be read; a module lists its class as ``FORMAT``."""
