"""The chat window: escaped HTML, the article page, conversations, the guard at the door. Knows nothing of models."""
