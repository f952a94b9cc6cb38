/// One connection of a `BareServer`, used by one thread.
package protocol BareConnection: AnyObject {
    /// What `poll` waits for: `POLLIN` or `POLLOUT`.
    var awaited: Int16 { get }

    /// Takes what has arrived, at most a buffer, and sends what there is to be sent, without waiting for either.
    ///
    /// - Parameter buffer: Free for use during the call.
    /// - Returns: false at the end of the connection.
    func proceed(with buffer: UnsafeMutableRawBufferPointer) -> Bool
}
