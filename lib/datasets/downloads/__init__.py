"""What comes from outside: data sets from Kaggle, weight files from the package index."""
