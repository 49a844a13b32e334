"""How good the answers are: questions asked as a user would, scored from their records, offline and without a judge."""
