import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import SessionCore
import TusWire
import UploadCore
import UploadTransfer

/// What the protocols that share the URLs of uploads have in common.
extension AuthenticatedRequest {
    /// Whether a capsule is that of the path, if the path has one.
    func isInPath(_ capsule: CapsuleId) -> Bool {
        parameter("capsule").map { $0 == capsule.text } ?? true
    }
}

extension UploadRecord {
    /// - Throws: `gone`.
    func requireNotEnded() throws(UploadError) {
        switch session.meta.status {
        case .pending, .committed: return
        case .aborted, .expired: throw UploadError(ended: session.meta.status)
        }
    }
}

extension TransferService {
    /// The capsule with an id; without one, or for `default`, the caller's default one.
    func capsule(named text: String?, of request: AuthenticatedRequest) async throws(UploadError) -> CapsuleId {
        let named = text == NativePath.defaultCapsule ? nil : text
        return try await capsule(try named.map(AuthenticatedRequest.capsuleId), of: request.principal)
    }

    /// The capsule of the path, the metadata or the configuration; otherwise the caller's default one. The configured one is
    /// not for the bearers of links, which have a capsule.
    func capsule(
        _ metadata: UploadMetadata, _ request: AuthenticatedRequest, _ configuration: TusConfiguration
    ) async throws(UploadError) -> CapsuleId {
        var named = request.principal.link == nil ? configuration.capsule : nil
        if let text = request.parameter("capsule") {
            named = try AuthenticatedRequest.capsuleId(text)
        } else if let capsule = metadata.capsule {
            named = capsule
        }
        return try await capsule(named, of: request.principal)
    }
}

extension SiteConfiguration {
    /// The URL of an upload for the client: absolute if the origin is known, because some clients cannot resolve a
    /// path; a path behind a proxy that is not trusted.
    ///
    /// - Parameter path: That of creation, with a leading and without a trailing slash.
    func location(of id: SessionId, at path: String, for request: AuthenticatedRequest) -> String {
        let capsule = request.parameter("capsule").map { "/capsules/\($0)" } ?? ""
        let path = "\(request.mountPath)\(capsule)\(path)/\(id.text)"
        if let publicOrigin { return publicOrigin + path }
        let authority = request.request.head.authority
        if let forwarded = forwardedOrigin(of: request.request.head, peer: request.channel.peerAddress) {
            return forwarded.url(path, authority: authority)
        }
        return request.isDirect
            ? ForwardedOrigin(isDirectlySecure: request.channel.isSecure).url(path, authority: authority) : path
    }
}

extension SiteConfiguration {
    /// Whether a request may be answered with interim responses before the final one.
    func sendsInterim(to request: AuthenticatedRequest) -> Bool {
        switch interimResponses {
        case .auto: request.isDirect
        case .on: true
        case .off: false
        }
    }
}

extension AuthenticatedRequest {
    /// Whether there is no sign of a proxy. Upload clients use HTTP/1.1 or later; a request of HTTP/1.0 comes from a proxy.
    fileprivate var isDirect: Bool { !channel.isHTTP10 && !ForwardedOrigin.isMentioned(in: fields) }
}
