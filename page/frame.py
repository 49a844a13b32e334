"""What stands around the conversation, as HTML of our own: masthead, welcome, evidence panel. No foreign text."""

from __future__ import annotations

from page.article import masthead

HEADER = masthead("/", heading="h1", state='<p id="readiness" role="status" aria-live="polite"></p>')
KEEP = """
<p class="keep">Keep this conversation: <a href="/export/html" download>HTML</a>
<a href="/export/md" download>Markdown</a></p>
"""
WELCOME = """
<div class="welcome"><p class="hello">Ask something the articles may know.</p>
<p>The answer is made of their own sentences. Each carries a number: open it to see the words in their place. What the
articles do not say, Footnote does not either.</p></div>
"""
PANEL = """
<aside class="panel" aria-label="Evidence" data-open="false">
<p class="panel-head"><span>Evidence</span>
<span class="steps" role="group" aria-label="Citations of this answer" hidden>
<button type="button" data-by="-1" aria-label="Previous citation" title="Previous citation">←</button>
<span class="at" role="status"></span>
<button type="button" data-by="1" aria-label="Next citation" title="Next citation">→</button></span>
<button type="button" class="close" aria-label="Close the evidence">×</button></p>
<div class="panel-body" aria-live="polite"><p class="hint">Open a number beside a sentence: the words it stands on
appear here.</p></div></aside>
"""
