"""``python -m coloc_bridge`` is ``coloc-bridge``."""

from coloc_bridge.cli.app import main

if __name__ == "__main__":
    main()
