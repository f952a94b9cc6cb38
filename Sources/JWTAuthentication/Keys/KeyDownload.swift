import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Fetches the keys of an issuer over HTTP, for `FetchedKeys`.
public struct KeyDownload: Sendable {
    private let url: String

    /// - Parameter url: With `https`: a response that was changed on its way would let an attacker sign tokens.
    public init(url: String) {
        self.url = url
    }

    /// The body of a 200 response, of `KeySet.bytesMax` at most. Redirects are not followed: they could lead to any URL.
    ///
    /// - Throws: Whatever prevented it, also `KeyDownloadError`.
    public func document() async throws -> [UInt8] {
        let limit = TimeAmount(FetchedKeys.timeout)
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: limit, read: limit, write: limit))
        configuration.httpVersion = .http1Only
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "accept", value: "application/jwk-set+json, application/json")
        // A client for each fetch: they are minutes apart, and no idle connection is left.
        return try await HTTPClient.withHTTPClient(configuration: configuration) { [request] client in
            let response = try await client.execute(request, timeout: limit)
            guard response.status == .ok else {
                throw KeyDownloadError("\(url) answered with status \(response.status.code)")
            }
            do {
                return Array(buffer: try await response.body.collect(upTo: KeySet.bytesMax))
            } catch is NIOTooManyBytesError {
                throw KeyDownloadError("\(url) has more than \(KeySet.bytesMax) bytes")
            }
        }
    }
}

/// A response that has no keys.
public struct KeyDownloadError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
