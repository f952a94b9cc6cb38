import HTTPTypes
import SessionCore
import Synchronization
public import UploadCore

/// A request that has ended, for an access log.
public struct AccessEntry: Hashable, Sendable {
    /// The `X-Request-ID` of the response.
    public let requestID: String
    /// The authenticated caller; nil for a request without one, or with wrong credentials.
    public let principal: Principal?
    /// The address of the other end of the connection, which may be a proxy; nil if unknown.
    public let peer: String?
    public let method: String
    /// Such as `getBlob`; nil for a request without a route.
    public let operation: String?
    /// The id of the upload, blob, memory or capsule in the path, or that of a new one; nil if there is none.
    public let resource: String?
    /// The path and the query, which may contain names of files.
    public let target: String
    public let status: Int
    /// The bytes of the request's body that the server has read.
    public let receivedBytes: UInt64
    /// The bytes of the response's body; for an incomplete response at least those of its finished pieces.
    public let sentBytes: UInt64
    /// Whether the response was handed to the connection as a whole.
    public let isComplete: Bool
    public let duration: Duration
}

/// Collects the access entry of a request while it is processed.
final class AccessRecord: Sendable {
    private struct State {
        var principal: Principal?
        var resource: String?
        /// The length of the response's body; nil if it is unknown.
        var length: UInt64?
    }

    private let request: HTTPRequest
    private let peer: String?
    /// The path and the query, without the ticket of a download, which is as good as credentials.
    private let target: String
    private let state = Mutex(State())
    private let received = Atomic<UInt64>(0)
    private let sent = Atomic<UInt64>(0)

    /// - Parameter parameters: Finds a segment of the path by its name in the route.
    init(_ request: HTTPRequest, peer: String?, parameters: (String) -> String?) {
        self.request = request
        self.peer = peer
        let path = request.path ?? ""
        target = parameters("ticket").map { path.replacing($0, with: "…") } ?? path
        let segments = ["upload", "blob", "memory", "capsule"].compactMap { parameters($0) }
        let resource = segments.first.flatMap { Self.id(in: $0) }
        state.withLock { $0.resource = resource }
    }

    /// Ids are logged, any other text of a client is not.
    private static func id(in segment: some StringProtocol) -> String? {
        SessionId(text: segment)?.text
    }

    func authenticated(as principal: Principal) {
        state.withLock { $0.principal = principal }
    }

    func received(_ byteCount: Int) {
        received.add(UInt64(byteCount), ordering: .relaxed)
    }

    func sent(_ byteCount: Int) {
        sent.add(UInt64(byteCount), ordering: .relaxed)
    }

    /// - Parameters:
    ///   - length: The length of the response's body; nil if it is unknown.
    ///   - location: The field of the response that leads to a new resource.
    func responded(length: Int?, location: String?) {
        let created = location?.split(separator: "/").last.flatMap { Self.id(in: $0) }
        state.withLock { state in
            state.length = length.map { UInt64($0) }
            if let created { state.resource = created }
        }
    }

    func entry(
        operation: String?, requestID: String, status: Int, isComplete: Bool, duration: Duration
    ) -> AccessEntry {
        let state = state.withLock { $0 }
        let sent = sent.load(ordering: .relaxed)
        return AccessEntry(
            requestID: requestID, principal: state.principal, peer: peer, method: request.method.rawValue,
            operation: operation, resource: state.resource, target: target, status: status,
            receivedBytes: received.load(ordering: .relaxed), sentBytes: isComplete ? state.length ?? sent : sent,
            isComplete: isComplete, duration: duration)
    }
}
