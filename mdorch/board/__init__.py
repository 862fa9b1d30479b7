"""The nouns: what a page says, as typed models, and how a wish becomes splices."""
