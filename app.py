"""The Space's entry, and the page's command line: ``python app.py``."""

from __future__ import annotations

import argparse
import sys

from recommender.catalog import LANGUAGES
from recommender.errors import RecommenderError


def parse() -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(description="The T5 recommender's page.")
    parser.add_argument("--share", action="store_true", help="make a public link")
    parser.add_argument("--host", default=None, help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=None, help="default: the first free one from 7860")
    parser.add_argument("--checkpoint", metavar="NAME_OR_PATH", help="a Hub id or a folder (default: the bundled T5)")
    parser.add_argument("--language", choices=LANGUAGES, help="greet visitors in it (default: their browser's)")
    return parser.parse_args()


options = parse() if __name__ == "__main__" else argparse.Namespace(checkpoint=None, language=None)

from recommender.ui.page import Page  # noqa: E402  gradio takes seconds to import; --help need not wait

demo = Page(options.checkpoint, options.language)

if __name__ == "__main__":
    try:
        demo.launch(share=options.share, server_name=options.host, server_port=options.port, prevent_thread_lock=True)
        demo.backstage.checkpoint()  # after the page is up, which takes no T5
    except (RecommenderError, OSError) as error:
        print(f"app.py: {error}", file=sys.stderr)
        sys.exit(2)
    demo.block_thread()
