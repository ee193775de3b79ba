"""The arithmetic behind the checks: whole numbers and fractions, nothing rounded."""
