"""What the project costs: speed, memory, and how both grow. Not part of the package."""
