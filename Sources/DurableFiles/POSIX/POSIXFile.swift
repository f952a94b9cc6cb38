import Synchronization

/// An open file of a `POSIXFileSystem`.
///
/// Closing is explicit: a file that is dropped without `close` stays open, and a lock stays held, until the process
/// ends.
public final class POSIXFile: Sendable {
    /// The descriptor, for calls that the port does not have, such as `sendfile`. Valid until `close`; never close it.
    public let descriptor: Int32
    let path: String
    private let isOpen = Atomic(true)

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// True for the first caller only. After the first close the number may belong to somebody else's file, so that a
    /// second one must not reach the system.
    func takeForClosing() -> Bool {
        isOpen.exchange(false, ordering: .acquiringAndReleasing)
    }

    /// Catches use after close. It cannot catch a close that races with the call: that is the caller's to prevent.
    func requireOpen(_ call: String) throws(FileError) {
        guard isOpen.load(ordering: .acquiring) else { throw FileError(.invalid, call: call, path: path) }
    }
}
