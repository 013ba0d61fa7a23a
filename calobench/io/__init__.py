"""Reading, checking and writing files of showers: one file a format in ``readers`` and ``writers``."""

from calobench._util.digest import sha256_of_file
from calobench.io.format import Format, ShowerReader
from calobench.io.head import FileHead
from calobench.io.joined import JoinedFiles, open_showers
from calobench.io.readers.calochallenge import CaloChallengeFile
from calobench.io.readers.lemurs import LemursFile
from calobench.io.reading import Reading
from calobench.io.shower_file import ShowerFile
from calobench.io.writers.lemurs import LemursWriter, write_lemurs

__all__ = [
    "CaloChallengeFile",
    "FileHead",
    "Format",
    "JoinedFiles",
    "LemursFile",
    "LemursWriter",
    "Reading",
    "ShowerFile",
    "ShowerReader",
    "open_showers",
    "sha256_of_file",
    "write_lemurs",
]
