"""What is measured on a trained network's showers and set right afterwards, per detector."""
