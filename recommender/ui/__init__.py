"""The page: everything that imports gradio, and nothing that the command line needs."""
