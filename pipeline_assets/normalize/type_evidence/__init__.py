"""Where types of variables, parameters and expressions come from. No tasks live here."""
