import Hummingbird
import NativeWire
import SessionCore
import UploadCore

/// The native API: each operation as one function from a call to an answer.
struct NativeAPI<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    let uploads: UploadService<Store, Blobs, Time>
    let files: (any OpenFileProvider)?
    let metrics: ServerMetrics
    let limits: HTTPLimits
    /// Whether something is made of uploads that ask for it.
    let isDeriving: Bool

    /// The capsule that a request names, or the caller's own.
    func capsule(named text: String?, of call: AuthenticatedRequest) async throws(UploadError) -> CapsuleId {
        if let text { return try AuthenticatedRequest.capsuleId(text) }
        return try await uploads.defaultCapsuleId(of: call.principal)
    }

    /// The capsule that the path names; `default` is the caller's own.
    func capsuleId(_ call: AuthenticatedRequest) async throws(UploadError) -> CapsuleId {
        let text = call.parameters.get("capsule") ?? ""
        return try await capsule(named: text == NativePath.defaultCapsule ? nil : text, of: call)
    }

    /// Verifies and commits, and notes how long that took.
    func timingFinish(_ commit: () async throws -> UploadRecord) async throws -> UploadRecord {
        let start = ContinuousClock.now
        let record = try await commit()
        metrics.finished(nanoseconds: start.duration(to: .now).nanoseconds)
        return record
    }
}

extension Duration {
    /// Whole nanoseconds; 0 for a negative span.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds)) / 1_000_000_000
    }
}
