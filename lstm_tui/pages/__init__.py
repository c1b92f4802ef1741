"""Steps as a page for a browser: one file that needs nothing else. `page.css` and `page.js` are the whole of it."""
