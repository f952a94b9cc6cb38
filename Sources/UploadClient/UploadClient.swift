import DurableFiles
import Synchronization

/// A client of a Wharf server. Uploads and downloads are resumed; acknowledged bytes are not sent again.
///
/// Calls follow the retry policy and are idempotent unless documented otherwise. All methods may be called
/// concurrently.
///
/// ```swift
/// let server = try ServerAddress("https://wharf.example.org")
/// let transport = HTTPClientTransport(server, token: token)
/// let client = UploadClient(server: server, transport: transport)
/// let finished = try await client.put(.file(path: "film.mov"), resume: ResumeStore(directory: state))
/// _ = try await client.get(finished.blob, to: "copy.mov")
/// try await transport.shutdown()
/// ```
public final class UploadClient: Sendable {
    public let server: ServerAddress
    /// What tells the upload link apart whose bearer this is; nil for any other caller.
    package let link: String?
    let transport: any UploadTransport
    let retries: RetryPolicy
    let timer: RetryTimer
    let onRetry: @Sendable (RetryNotice) -> Void
    let onRetryEnd: @Sendable (_ isAnswered: Bool) -> Void
    let onWarning: @Sendable (String) -> Void
    /// Whether the server has ever answered.
    let hasAnswered = Atomic(false)
    let lanes: RequestLanes
    let pacer: BodyPacer?
    let passableChunks = PassableChunks()
    let confirmedVersion = ConfirmedVersion()
    /// Reads files and computes hashes.
    let pool: ThreadPool

    /// - Parameters:
    ///   - server: Identifies the states of unfinished uploads.
    ///   - transport: Sends requests to that server; must outlive the client.
    ///   - requestsMax: Requests at once; the others wait.
    ///   - link: What tells the upload link apart whose bearer the caller is: files that were sent through it count as sent
    ///     through no other. Nil for any other caller.
    ///   - bytesPerSecondMax: Of the bodies of all requests together; nil: without a limit.
    ///   - onRetry: Called before every delay.
    ///   - onRetryEnd: Called at the end of every call that was retried, with whether the server answered it.
    ///   - onWarning: Called with a sentence for the user about something wrong that ends no call. It may name a file.
    public init(
        server: ServerAddress, transport: any UploadTransport, retries: RetryPolicy = RetryPolicy(),
        timer: RetryTimer = .system, requestsMax: Int = .max, link: String? = nil, bytesPerSecondMax: UInt64? = nil,
        onRetry: @escaping @Sendable (RetryNotice) -> Void = { _ in },
        onRetryEnd: @escaping @Sendable (_ isAnswered: Bool) -> Void = { _ in },
        onWarning: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.server = server
        self.transport = transport
        self.link = link
        self.retries = retries
        self.timer = timer
        self.onRetry = onRetry
        self.onRetryEnd = onRetryEnd
        self.onWarning = onWarning
        lanes = RequestLanes(requestsMax)
        pacer = bytesPerSecondMax.map { BodyPacer(RateLimit(bytesPerSecondMax: $0), timer: timer) }
        pool = ThreadPool(name: "wharf-client", threads: 4)
    }

    /// A temporary failure that will be retried.
    public struct RetryNotice: Sendable {
        public let reason: String
        public let waitMilliseconds: Int64
        /// The number of attempts so far; at least 1.
        public let attempt: Int

        package init(reason: String, waitMilliseconds: Int64, attempt: Int) {
            self.reason = reason
            self.waitMilliseconds = waitMilliseconds
            self.attempt = attempt
        }
    }
}
