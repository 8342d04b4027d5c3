"""The interpreter as judge: programs run under tracing, and the tables are held against what really happened.

    python -m pipeline_tests.judge [--only NAME,…] [--random 200] [--json]

A child process runs the programs and writes down what it saw (`record`, `recorder`); the product builds the tables of
the same files (`tables`); the checks compare the two (`transitions`, `reads`, `names`, `places`).
"""
