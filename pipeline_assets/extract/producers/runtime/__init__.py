"""Looking at modules in a sandboxed child."""
