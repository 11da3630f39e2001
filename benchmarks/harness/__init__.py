"""The benchmark's machinery; `benchmarks/run.py` is the way in."""
