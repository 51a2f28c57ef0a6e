"""Expected beside actual, drawn as SVG and PNG from an insight's evidence."""
