"""The whole chain as one file that Par04, DDML and calobench load as it is: TorchScript or ONNX."""
