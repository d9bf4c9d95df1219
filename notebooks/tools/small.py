"""Small notebooks, for the tests."""

from __future__ import annotations

from pathlib import Path

import nbformat

Cell = str | tuple[str, list[str]]


def write_notebook(folder: str, cells: list[Cell], answers: str = "", name: str = "small") -> Path:
    """A notebook of code cells, each a source or a source with tags."""
    notebook = nbformat.v4.new_notebook()
    for number, cell in enumerate(cells):
        source, tags = cell if isinstance(cell, tuple) else (cell, [])
        metadata = {"tags": tags} if tags else {}
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata=metadata, id=f"small-{number}"))
    path = Path(folder) / f"{name}.ipynb"
    nbformat.write(notebook, path)
    if answers:
        solutions = Path(folder) / "solutions"
        solutions.mkdir()
        (solutions / f"{name}.md").write_text(answers, "utf-8")
    return path
