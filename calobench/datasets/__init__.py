"""Public data sets by name: declared in ``data_specs/datasets``, fetched only when that is asked for."""

from calobench.datasets.catalogue import data_set_names, load_data_set
from calobench.datasets.names import Selection, is_data_set, is_mistyped, select
from calobench.datasets.places import data_folder, files_of, local_files

__all__ = [
    "Selection",
    "data_folder",
    "data_set_names",
    "files_of",
    "is_data_set",
    "is_mistyped",
    "load_data_set",
    "local_files",
    "select",
]
