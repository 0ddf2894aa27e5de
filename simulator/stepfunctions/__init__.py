"""The embedded Step Functions engine: the synthesized definition and the packaged handlers, on virtual time."""
