"""Made-up messages, articles and feeds that several suites share."""
