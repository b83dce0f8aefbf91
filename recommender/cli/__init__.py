"""Commands that recommend."""
