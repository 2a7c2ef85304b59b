"""Who is told what, when, and how often it is tried: pure deciders, each «no» with its reason."""
