"""Measurements on two samples of showers: observable by observable, conditional, all together."""
