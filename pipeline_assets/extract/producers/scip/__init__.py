"""Reading SCIP indexes."""
