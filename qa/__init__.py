"""Ask: a question in, an answer out, every sentence of it checked against the words it cites. Knows nothing of
Gradio."""
