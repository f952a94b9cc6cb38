import DurableFiles

/// Uploads to a Wharf and downloads from it, so that nothing that was acknowledged is ever sent twice.
///
/// Every call is repeated as the retry policy says, and is safe to repeat. All methods may be called at the same time.
public final class UploadClient: Sendable {
    let server: ServerAddress
    let transport: any UploadTransport
    let retries: RetryPolicy
    let timer: RetryTimer
    let onRetry: @Sendable (RetryNotice) -> Void
    /// Reads files and computes hashes.
    let pool: ThreadPool

    /// - Parameters:
    ///   - server: Told apart by it are the states of unfinished uploads.
    ///   - transport: Reaches that server; it outlives the client.
    ///   - onRetry: Told before every wait.
    public init(
        server: ServerAddress, transport: any UploadTransport, retries: RetryPolicy = RetryPolicy(),
        timer: RetryTimer = .system, onRetry: @escaping @Sendable (RetryNotice) -> Void = { _ in }
    ) {
        self.server = server
        self.transport = transport
        self.retries = retries
        self.timer = timer
        self.onRetry = onRetry
        pool = ThreadPool(name: "wharf-client", threads: 4)
    }

    /// What failed for now and is tried again.
    public struct RetryNotice: Sendable {
        public let reason: String
        public let waitMilliseconds: Int64
        /// How often it was tried.
        public let attempt: Int
    }
}
