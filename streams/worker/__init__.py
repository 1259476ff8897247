"""The stream processor: the only package that knows Faust."""
