"""The page and its endpoints: everything that imports gradio, and nothing that the command line needs."""
