"""Charts of an insight's expected and actual values, drawn from its evidence as SVG and PNG."""
