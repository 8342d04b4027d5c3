"""The code property graph: relations, resolution, nodes, edges, properties."""
