"""A history as a static site: leaderboard, trends, comparisons, badges and a feed."""
