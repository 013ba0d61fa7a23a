"""Folders of the data that ship with calobench: detectors, reference samples, baselines, schemas."""

from calobench._util.resources import data_specs_dir

__all__ = ["data_specs_dir"]
