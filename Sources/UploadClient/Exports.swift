// Users of a client need its transport's values.
@_exported public import ClientTransport
