"""Hold the call graph of real packages against the calls that their own test suites make."""
