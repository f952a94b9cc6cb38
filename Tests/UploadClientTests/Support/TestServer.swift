import HTTPTypes
import NativeWire
import NIOCore
import SessionCore
import Synchronization
import UploadClient
import UploadCore
import UploadMemories

/// An in-memory server of uploads, blobs and memories with configurable failures.
final class TestServer: UploadTransport {
    /// The fault of one request.
    enum Fault: Sendable {
        /// The connection breaks before the server sees anything.
        case unreached
        /// No connection is made.
        case unconnected
        /// The server's certificate is not valid.
        case insecure
        /// The connection breaks after so many bytes of the request's body.
        case bodyCut(after: Int)
        /// The server processes the request, and its response is lost.
        case answerLost
        /// The server sends this response instead.
        case answered(HTTPResponse.Status, HTTPFields = [:])
        /// The server sends this problem instead.
        case refused(Problem)
        /// The body of the response breaks off after so many bytes.
        case answerCut(after: Int)
        /// One bit of the request's body is flipped.
        case bitTurned
    }

    struct Call: Hashable, Sendable, CustomStringConvertible {
        let method: HTTPRequest.Method
        let path: String
        /// The number of calls of this method and path so far, from 1.
        let count: Int

        var description: String { "\(method.rawValue) \(path)" }
        var isChunk: Bool { method == .put && path.contains("/chunks/") }
        var isFinish: Bool { path.hasSuffix("/finish") }
        var isBegin: Bool { method == .post && path == "/v1/uploads" }
    }

    struct State {
        var uploads: [String: ServerUpload] = [:]
        var blobs: [String: (document: BlobDocument, bytes: [UInt8])] = [:]
        /// What another server has, to which downloads are redirected; nil for no redirects.
        var redirected: [UInt8]?
        /// The oldest first.
        var memories: [ServerMemory] = []
        /// Whole files, in the order of their arrival.
        var files: [StoredFile] = []
        var features = ServerFeatures()
        /// Files of these names are refused within a batch.
        var refusedNames: [String: UploadError] = [:]
        var calls: [Call] = []
        var counts: [String: Int] = [:]
        /// Chunks that a client sent again after their acknowledgement.
        var repeats: [String] = []
        var fault: @Sendable (Call) async throws -> Fault?
    }

    let state: Mutex<State>
    /// The default chunk size.
    let chunkSize: UInt64

    init(chunkSize: UInt64 = 1000, fault: @escaping @Sendable (Call) async throws -> Fault? = { _ in nil }) {
        self.chunkSize = chunkSize
        state = Mutex(State(fault: fault))
    }

    func fail(_ fault: @escaping @Sendable (Call) async throws -> Fault?) {
        state.withLock { $0.fault = fault }
    }

    var calls: [Call] { state.withLock { $0.calls } }
    var repeats: [String] { state.withLock { $0.repeats } }
    var uploads: [ServerUpload] { state.withLock { $0.uploads.values.sorted { $0.document.id < $1.document.id } } }

    var files: [StoredFile] { state.withLock { $0.files } }

    var memories: [ServerMemory] { state.withLock { $0.memories } }

    func blob(_ id: String) -> [UInt8]? { state.withLock { $0.blobs[id]?.bytes } }

    /// Changes an upload without the client's knowledge.
    func change(_ id: String, _ change: @Sendable (inout ServerUpload) -> Void) {
        state.withLock { state in
            guard var upload = state.uploads[id] else { return }
            change(&upload)
            state.uploads[id] = upload
        }
    }

    func addBlob(_ bytes: [UInt8], id: String = "blob", sha256: String? = nil) {
        let document = BlobDocument(
            blob: id, capsule: "capsule", size: UInt64(bytes.count), sha256: sha256 ?? Digest(of: bytes).hex,
            name: "name", type: "application/octet-stream", chunkSize: nil, chunkCount: nil,
            createdAt: WireTime(Timestamp(milliseconds: 0)))
        state.withLock { $0.blobs[id] = (document, bytes) }
    }

    func send(_ request: TransportRequest) async throws -> TransportResponse {
        try Task.checkCancellation()
        let call = state.withLock { state in
            let key = "\(request.method.rawValue) \(request.path)"
            state.counts[key, default: 0] += 1
            let call = Call(method: request.method, path: request.path, count: state.counts[key] ?? 0)
            state.calls.append(call)
            return call
        }
        let fault = try await state.withLock(\.fault)(call)
        switch fault {
        case .unreached: throw TransportError(reason: "connection reset")
        case .unconnected: throw TransportError(.unconnected, reason: "connection refused")
        case .insecure: throw TransportError(.insecure, reason: "its certificate is not valid")
        case .answered(let status, let fields): return Self.response(status, [], fields)
        case .refused(let problem): return Self.response(problem)
        default: break
        }
        var body = try await Self.collected(request.body)
        if case .bodyCut = fault { throw TransportError(reason: "connection reset") }
        if case .bitTurned = fault, !body.isEmpty { body[body.count / 2] ^= 1 }
        let response = answer(call, request, body, isAnswerLost: fault.isAnswerLost)
        if fault.isAnswerLost { throw TransportError(reason: "connection reset") }
        if case .answerCut(let count) = fault { return try await Self.cut(response, after: count) }
        return response
    }
}

extension TestServer.Fault? {
    fileprivate var isAnswerLost: Bool {
        if case .answerLost = self { true } else { false }
    }
}
