/// One connection of a `BareServer`, used by one thread.
package protocol BareConnection: AnyObject {
    /// What `poll` waits for: `POLLIN`, `POLLOUT`, or 0 until `dueAt`.
    var awaited: Int16 { get }
    /// When to proceed without any event, on the clock of `Monotonic`; nil for never.
    var dueAt: UInt64? { get }

    /// Takes what has arrived, at most a buffer, and sends what there is to be sent, without waiting for either.
    ///
    /// - Parameter buffer: Free for use during the call.
    /// - Returns: false at the end of the connection.
    func proceed(with buffer: UnsafeMutableRawBufferPointer) -> Bool
}

extension BareConnection {
    package var dueAt: UInt64? { nil }
}
