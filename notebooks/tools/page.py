"""A notebook as one HTML file that needs no other."""

from __future__ import annotations

import re
import threading

import nbconvert
from nbformat import NotebookNode

# The template is read and compiled at the first use; nothing says that two threads may do that at once.
ONE_AT_A_TIME = threading.Lock()


def render(notebook: NotebookNode, title: str) -> str:
    """The page: as JupyterLab shows it, with its pictures inside, without scripts from elsewhere."""
    with ONE_AT_A_TIME:
        exporter = nbconvert.HTMLExporter(template_name="lab", embed_images=True)
        for script in ("mathjax_url", "require_js_url", "jquery_url", "mermaid_js_url", "mermaid_layout_elk_js_url"):
            setattr(exporter, script, "")
        html, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": title}})
        return re.sub(r'<script src="">\s*</script>', "", html)
