"""A reader of our own: for a question and a window of text, the words that answer and whether it answers at all."""
