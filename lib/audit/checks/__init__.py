"""One question a file; none needs another."""
