"""What stands around the conversation, as HTML of our own: masthead, welcome, evidence panel. No foreign text."""

from __future__ import annotations

HEADER = """
<header class="masthead"><h1><a href="/">Footnote</a></h1>
<p class="tagline">Every sentence with the words it stands on</p>
<p id="readiness" role="status" aria-live="polite"></p>
<a class="all" href="/conversations">Conversations</a>
<a class="all" href="/articles" aria-label="All articles"><span class="wide">All </span>articles</a>
<a class="all" href="/add" aria-label="Add articles">Add<span class="wide"> articles</span></a></header>
"""
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
<button type="button" class="close" aria-label="Close the evidence">×</button></p>
<div class="panel-body" aria-live="polite"><p class="hint">Open a number beside a sentence: the words it stands on
appear here.</p></div></aside>
"""
