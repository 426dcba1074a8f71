"""What `hotline doctor` looks at: each check judges facts that were gathered first, and says what mends it."""
