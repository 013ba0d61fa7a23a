"""Executors of pieces of work: processes of this machine, a Dask cluster, or a part of an array of jobs.

All of them have one method, :meth:`~calobench.executors.base.Executor.map_shards`. Runs of a suite, showers
of a model and showers of Geant4 are shards to it.
"""
