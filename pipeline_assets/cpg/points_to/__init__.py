"""A points-to analysis of whole repositories: which functions, classes and objects each expression may stand for."""
