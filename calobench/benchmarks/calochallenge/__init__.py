"""The evaluation of the CaloChallenge (arXiv:2410.21611), to the letter, with its nulls beside it."""
