"""Many models on many detectors: one file says which, one call does what is not done yet.

:mod:`~calobench.suite.spec` reads the file, :mod:`~calobench.suite.entries` makes the runs of it,
:mod:`~calobench.suite.execution` does them on an executor (:mod:`~calobench.executors`), and
:mod:`~calobench.suite.summary` tells what came out. The runs are folders as ``calobench run`` writes them:
nothing else says what is finished.
"""
