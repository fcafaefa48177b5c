"""What is stored of releases, runs and models."""
