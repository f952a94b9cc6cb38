/// What goes wrong on one connection through a `FaultyProxy`.
public enum ConnectionFault: Hashable, Sendable {
    /// Nothing.
    case none
    /// Once so many bytes of the client's have gone through, both sides are reset.
    case cutRequest(afterBytes: Int)
    /// Once so many bytes of the server's have gone through, both sides are reset.
    case cutAnswer(afterBytes: Int)
    /// Once so many bytes of the server's have gone through, the client sees a well-behaved end.
    case truncateAnswer(afterBytes: Int)
    /// Every piece waits, in both directions.
    case delay(milliseconds: Int)
    /// The answer to the request of this number, from 0, is lost with the connection, and the server gets the same bytes once
    /// more on a connection of their own.
    case duplicate(request: Int)
}
