"""The fronts: they translate, and decide nothing."""
