import Synchronization

/// Something that a person should know about an upload that goes on.
public enum PutEvent: Hashable, Sendable {
    /// The server no longer had the upload, for example because it expired; all bytes are sent again.
    case startedOver(reason: String)
    /// A proxy refused chunks as large as before; the upload started over with chunks of so many bytes.
    case shrunkChunks(to: UInt64)
    /// The file changed during the upload; it is sent again from the beginning.
    case changed
}

/// The largest chunk that the proxies between client and server are known to let through.
final class PassableChunks: Sendable {
    private let bytesMax = Mutex<UInt64?>(nil)

    func lower(to bytes: UInt64) {
        bytesMax.withLock { $0 = min($0 ?? bytes, bytes) }
    }

    /// The wanted chunk size, or the largest that passes; nil for the server's choice.
    func clamped(_ wanted: UInt64?) -> UInt64? {
        guard let maximum = bytesMax.withLock({ $0 }) else { return wanted }
        return min(wanted ?? maximum, maximum)
    }
}
