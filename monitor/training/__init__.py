"""Trains the model from data: `make model DATA=dir`. Needs torch and scikit-learn; the product needs neither."""
