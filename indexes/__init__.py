"""Build: articles in, a library of passages and vectors out. Knows nothing of `qa` and nothing of the page."""
