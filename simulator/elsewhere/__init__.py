"""The same region and handlers, the state machine in another engine: ministack, Step Functions Local, any endpoint."""
