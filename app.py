"""The entry point of the Space, and the page's command line: ``python app.py``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from recommender.environment import CHECKPOINT, HOST, PORT, SHOP, freeze_gc, prepare_environment, start_log
from recommender.errors import RecommenderError
from recommender.shop.language import LANGUAGES, read_language
from recommender.ui.listening import bracket, check_address, read_host, read_port


def parse_options(arguments: list[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Serve the T5 recommender's page.")
    parser.add_argument("--share", action="store_true", help="create a public link")
    parser.add_argument("--mcp", action="store_true", help="also offer recommend and compare as MCP tools")
    parser.add_argument(
        "--host",
        type=read_host,
        default=os.environ.get(HOST) or "127.0.0.1",
        help=f"address to listen on (default: ${HOST}, else this machine only)",
    )
    parser.add_argument(
        "--port",
        type=read_port,
        default=os.environ.get(PORT) or None,
        help=f"default: ${PORT}, else the first free port from 7860",
    )
    parser.add_argument(
        "--checkpoint",
        metavar="NAME_OR_PATH",
        default=os.environ.get(CHECKPOINT),
        help=f"a T5 to offer beside the bundled one: a Hub id or a folder (default: ${CHECKPOINT}, else none)",
    )
    parser.add_argument(
        "--shop",
        type=Path,
        metavar="FOLDER",
        default=os.environ.get(SHOP) or None,
        help=f"the shop: inventory.csv, and optionally model/ and more (default: ${SHOP}, else the demo's)",
    )
    parser.add_argument("--int8", action="store_true", help="calculate in 8 bits: faster with a large checkpoint")
    help_ = "the page's first language (default: the browser's)"
    parser.add_argument("--language", type=read_language, choices=LANGUAGES, help=help_)
    return parser.parse_args(arguments)


options = parse_options(sys.argv[1:] if __name__ == "__main__" else [])
if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # Linux does not end a container's first process by itself
try:
    prepare_environment(host=options.host)
    start_log()
    with freeze_gc():
        from recommender.ui.page import Page, share  # importing gradio takes seconds, which --help does not need

        demo = Page(options.checkpoint, options.language, options.shop, int8=options.int8)
except RecommenderError as error:  # a setting is wrong, or the shop is missing or cannot be read
    print(f"app.py: {error}", file=sys.stderr)
    sys.exit(2)

if __name__ == "__main__":
    try:
        check_address(options.host, options.port)
        demo.launch(
            server_name=bracket(options.host),
            server_port=options.port,
            mcp_server=options.mcp or None,  # None: Gradio reads GRADIO_MCP_SERVER
            prevent_thread_lock=True,
            quiet=True,  # Gradio's messages are for its own developers
        )
        print(f"* Running on local URL:  {(demo.local_url or '').rstrip('/')}", flush=True)
        if demo.mcp_error:
            print(f"app.py: {demo.mcp_error}", file=sys.stderr)
        demo.registry.get_scorer()  # load the T5 after the page is up
        if options.share:
            print(f"* {share(demo)}", flush=True)
        demo.block_thread()
    except (RecommenderError, OSError) as error:
        print(f"app.py: {error}", file=sys.stderr)
        sys.exit(2)
    finally:
        demo.close(verbose=False)
