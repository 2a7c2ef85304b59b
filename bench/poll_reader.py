"""lemon24/reader as one side of the polling bench. Runs in a virtual environment that holds reader, nothing of ours:

python poll_reader.py DATABASE URLS_FILE      then one line a round: `update_feeds(scheduled=False)`, measured
"""

import json
import resource
import sys
import time
from pathlib import Path

from reader import make_reader  # type: ignore[import-not-found]  # lives in that environment alone


def used() -> float:
    """Seconds of processor time of this process and of those it has waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    with make_reader(sys.argv[1]) as reader:
        for url in Path(sys.argv[2]).read_text(encoding="utf-8").split():
            reader.add_feed(url)
        print("ready", flush=True)
        for _ in sys.stdin:
            wall, cpu = time.monotonic(), used()
            reader.update_feeds(scheduled=False)
            answer = {"wall": time.monotonic() - wall, "cpu": used() - cpu}
            counts = reader.get_feed_counts()
            answer["ok"] = counts.total - counts.broken
            answer["entries"] = reader.get_entry_counts().total
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
