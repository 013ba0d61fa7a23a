"""The evaluation of the CaloChallenge (arXiv:2410.21611), to the letter, with its nulls beside it."""

from calobench.calochallenge.run import ProtocolOutcome, ProtocolRequest, run_protocol

__all__ = ["ProtocolOutcome", "ProtocolRequest", "run_protocol"]
