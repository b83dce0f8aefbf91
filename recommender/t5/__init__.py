"""The T5: its prompt, its exact ranking, and where its weights come from."""
