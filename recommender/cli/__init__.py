"""The commands of ``python -m recommender``."""
