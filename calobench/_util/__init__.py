"""Machinery that knows nothing of physics: files, discovery, settings, parallel work."""
