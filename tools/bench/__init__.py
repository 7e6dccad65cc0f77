"""What `make bench` measures: one module a comparison.

Each writes ``results/bench-<name>.json``, of which the results page makes
a table. Both sides of a comparison run in turns in one process.
"""
