"""Models: any config of transformers made tiny, and weights that fit it."""
