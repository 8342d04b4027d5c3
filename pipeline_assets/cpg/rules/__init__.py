"""What built-in checks look for: each rule is an expression over evidence that decides it, without guessing."""
