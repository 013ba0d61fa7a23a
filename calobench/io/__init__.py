"""Reading, checking and writing files of showers: one file a format."""

from calobench._util.digest import sha256_of_file
from calobench.io.readers.calochallenge import CaloChallengeFile
from calobench.io.readers.lemurs import LemursFile, LemursWriter, write_lemurs
from calobench.io.shower_file import ShowerFile

__all__ = [
    "CaloChallengeFile",
    "LemursFile",
    "LemursWriter",
    "ShowerFile",
    "sha256_of_file",
    "write_lemurs",
]
