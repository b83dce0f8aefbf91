"""Making T5 checkpoints: synthetic shoppers, tokenizer, trainers, and the command that joins them."""
