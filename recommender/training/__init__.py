"""Train T5 checkpoints, on synthetic shoppers or on a shop's own purchases."""
