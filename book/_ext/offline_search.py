"""Let the search work on pages that were opened from files.

The index is a script, which such a page may load. The lines of text below
a result are cut from the page found, which it may not: so they are left
out there, and the console stays quiet.
"""

# It begins as those of the theme do, which lean_theme puts in their order.
OPTION = (
    "DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = "
    'location.protocol !== "file:";'
)


def set_option(app, pagename, templatename, context, doctree):
    """Set the option on the page of results, before its scripts run."""
    if pagename == "search":
        app.add_js_file(None, body=OPTION)


def setup(app):
    """Connect."""
    app.connect("html-page-context", set_option)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
