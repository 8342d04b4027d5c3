"""What each producer says about a file, as arrays of facts: the extractors beside this folder make tables of them."""
