"""Leave out what the theme ships and this book does not use."""

from pathlib import Path

COLAB = "https://colab.research.google.com"

# Icons are in icons.css instead; maps serve the theme's developers.
UNUSED = (
    "scripts/fontawesome.js",
    "scripts/fontawesome.js.LICENSE.txt",
    "scripts/*.map",
    "styles/*.map",
    "vendor/fontawesome/webfonts/*",
    "*webpack-macros.html",
)


def offer_launch(app, config):
    """Show repository and Colab buttons only where an address is known.

    The address is ``repository: url`` in ``_config.yml``.
    """
    options = config.html_theme_options
    known = bool(options.get("repository_url"))
    options["use_repository_button"] = known
    options["launch_buttons"] = {"colab_url": COLAB} if known else {}


def remove_unused(app, error):
    """Delete files that no page asks for."""
    static = Path(app.outdir, "_static")
    if error is None and app.builder.format == "html":
        for pattern in UNUSED:
            for path in static.glob(pattern):
                path.unlink()


def setup(app):
    """Connect; and take a setting that Jupyter Book has for comments."""
    app.add_config_value("comments_config", {}, "html")
    app.connect("config-inited", offer_launch)
    app.connect("build-finished", remove_unused)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
