"""Trained files as models: TorchScript and ONNX graphs with the interface of Par04 and DDML.

A graph is executed, never unpickled. What a file does not say (unit, azimuth, slot, threshold) is an
argument, or measured and said.
"""
