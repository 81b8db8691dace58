"""Results on disk: runs, models, summaries, steps, ids, gin files."""
