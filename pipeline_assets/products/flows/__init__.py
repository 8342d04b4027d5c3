"""Data flow from sources to sinks: what is asked, the graph, the search and the answer."""
