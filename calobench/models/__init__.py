"""The model plug-in interface: protocol, registry and adapters."""
