package import HTTPTypes
import HTTPWire
import Hummingbird
package import HummingbirdCore
import NIOCore
package import SessionCore
package import UploadCore

/// A request to an endpoint with its authenticated caller, or an anonymous one if the endpoint is open to everybody. An object,
/// because the frames of the functions that wait for its body refer to it.
package final class AuthenticatedRequest: Sendable {
    package let request: Request
    private let parameters: Parameters
    private let queryFields: QueryFields
    package let channel: any RequestChannel
    package let caller: Caller
    /// With the limits, which are too many to copy for each request.
    private let pipeline: RequestPipeline
    /// The prefix of the protocol's paths: empty, or `/…` without a trailing slash.
    package let mountPath: String
    let audit: Audit
    /// nil without an access log.
    let access: AccessRecord?
    let warnings: RequestWarnings

    package var limits: HTTPLimits { pipeline.limits }
    package var principal: Principal { caller.principal }
    /// False for an anonymous caller of an endpoint that is open to everybody.
    package var isAuthenticated: Bool { caller != .anonymous }
    package var fields: HTTPFields { request.headers }

    init(
        _ request: Request, _ parameters: Parameters, _ query: QueryFields, _ channel: any RequestChannel,
        _ caller: Caller, _ pipeline: RequestPipeline, mountPath: String, audit: Audit, access: AccessRecord?,
        warnings: RequestWarnings
    ) {
        self.request = request
        self.parameters = parameters
        queryFields = query
        self.channel = channel
        self.caller = caller
        self.pipeline = pipeline
        self.mountPath = mountPath
        self.audit = audit
        self.access = access
        self.warnings = warnings
    }

    // MARK: Path. Malformed ids are reported as not found.

    /// A segment of the path, by its name in the route; still percent-encoded.
    package func parameter(_ name: String) -> String? { parameters.get(name) }

    package func uploadId() throws(UploadError) -> SessionId {
        guard let id = SessionId(text: parameter("upload") ?? "") else { throw UploadError(.notFound(.upload)) }
        return id
    }

    package func blobId() throws(UploadError) -> BlobId {
        guard let id = BlobId(text: parameter("blob") ?? "") else { throw UploadError(.notFound(.blob)) }
        return id
    }

    package static func capsuleId(_ text: String) throws(UploadError) -> CapsuleId {
        guard let id = CapsuleId(text: text) else { throw UploadError(.notFound(.capsule)) }
        return id
    }

    /// A value in the query, as forms encode it: a plus sign is a space.
    package func query(_ name: String) -> String? { queryFields[name] }

    // MARK: Header and body

    /// The body, for the writer of an upload.
    var uploadBody: UploadBody { UploadBody(body: request.body, channel: channel, access: access) }

    package func contentLength() throws(UploadError) -> UInt64? {
        guard let text = fields.value(of: .contentLength) else { return nil }
        guard let length = UInt64(text) else {
            throw UploadError(.invalidArgument("Content-Length", "is not a number of bytes"))
        }
        return length
    }

    /// Reads the body up to its first byte.
    ///
    /// - Returns: Whether it has none.
    package func isBodyEmpty() async throws -> Bool {
        for try await buffer in request.body where buffer.readableBytes > 0 { return false }
        return true
    }

    /// The whole body.
    ///
    /// - Throws: `too_large`, `invalid_argument`.
    package func body(atMost maximum: Int) async throws -> [UInt8] {
        let tooLarge = RequestFailure.contentTooLarge(maximum: UInt64(maximum))
        if let length = try contentLength(), length > maximum { throw tooLarge }
        var bytes: [UInt8] = []
        for try await buffer in request.body {
            guard bytes.count + buffer.readableBytes <= maximum else { throw tooLarge }
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }
}
