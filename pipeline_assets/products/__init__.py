"""What people take away: views, summaries, exports, lineage."""
