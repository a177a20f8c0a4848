"""The pictures of the demo's products, drawn as SVG."""
