"""The command line. Heavy imports stand inside the commands that need them, so that `--help` is quick."""
