"""Reading a repository safely: walk, identity, limits."""
