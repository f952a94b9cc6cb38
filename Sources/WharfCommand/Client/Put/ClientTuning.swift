import NIOCore
import UploadClient

/// How a command sends and retries its requests, and how much it writes.
struct ClientTuning: Hashable, Sendable {
    /// The most connections to the server at once.
    var connections = 8
    /// Repetitions of a failed request; nil: the policy's.
    var retries: Int?
    /// Without progress for so long, a request has failed; nil: the transport's limits.
    var timeoutMilliseconds: Int64?
    /// Whether to wait for a server that cannot be reached at first.
    var waits = false
    /// Bytes per second that all requests together send; nil: without a limit.
    var bytesPerSecondMax: UInt64?
    /// For a connection to be made. Commands that only read give up within 3 s; `put` lets a slow network have more.
    var connectMilliseconds: Int64 = 3000
    var detail = Output.Detail.normal

    var policy: RetryPolicy {
        var policy = RetryPolicy()
        policy.failsFastAtFirst = !waits
        if let retries { policy.attemptsMax = retries + 1 }
        return policy
    }

    var timeouts: HTTPClientTransport.Timeouts {
        var timeouts = HTTPClientTransport.Timeouts()
        timeouts.connect = .milliseconds(connectMilliseconds)
        guard let timeoutMilliseconds else { return timeouts }
        let limit = TimeAmount.milliseconds(timeoutMilliseconds)
        timeouts.connect = min(timeouts.connect, limit)
        (timeouts.answer, timeouts.write) = (limit, limit)
        return timeouts
    }

    func transport(
        to address: ServerAddress, token: String?, authorities: CertificateAuthorities?
    ) -> HTTPClientTransport {
        HTTPClientTransport(
            address, token: token, connections: connections, timeouts: timeouts, authorities: authorities)
    }

    func client(
        _ address: ServerAddress, _ transport: HTTPClientTransport, _ notices: OutageNotices?, link: String? = nil
    ) -> UploadClient {
        UploadClient(
            server: address, transport: transport, retries: policy, requestsMax: connections, link: link,
            bytesPerSecondMax: bytesPerSecondMax, onRetry: { notices?.failed($0) },
            onRetryEnd: { notices?.callEnded(isAnswered: $0) }, onWarning: { notices?.warn($0) })
    }
}
