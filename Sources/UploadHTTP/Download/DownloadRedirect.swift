import HTTPTypes
import HTTPWire
import HummingbirdCore
public import UploadCore

/// Where a client gets all bytes of a blob instead of from the server. It is called after the access was checked, for each
/// download.
///
/// - Parameters:
///   - type: The media type that the response there has to have.
///   - disposition: Its `Content-Disposition`.
/// - Returns: A URL; nil to have the server send the bytes.
public typealias DownloadRedirect =
    @Sendable (_ blob: BlobId, _ type: String, _ disposition: String) async throws(UploadError) -> String?

extension HTTPField.Name {
    /// Fetch Metadata: `navigate` for a person who opens an address or saves it.
    fileprivate static let secFetchMode = known("Sec-Fetch-Mode")
}

extension HTTPFields {
    /// Whether the sender of a request can go on at another origin: a client that is no browser, or a browser that saves a file or
    /// opens a page. Pictures, films and scripts of a page cannot: its security policy and the rules for other origins
    /// (CORS) refuse that. Over plain HTTP browsers do not say what they request (Fetch Metadata), but who they are.
    var canGoElsewhere: Bool {
        guard let destination = self[.secFetchDest] else {
            return self[.userAgent]?.hasPrefix("Mozilla/") != true
        }
        return destination == "document" || destination == "empty" && self[.secFetchMode] == "navigate"
    }
}

extension Representation {
    /// The response at the other place lacks the security fields of the server's own, so only media keep their type: a page
    /// (HTML, XML) would run as one of that origin.
    var typeElsewhere: MediaType {
        let isMedia = ["image/", "video/", "audio/"].contains { type.essence.hasPrefix($0) }
        return isMedia && !type.essence.hasSuffix("+xml") ? type : .octetStream
    }

    /// A browser saves it, whatever it is.
    var dispositionElsewhere: String { ContentDisposition.format(name: name, type: .octetStream) }
}

extension Response {
    /// To the bytes of a blob elsewhere, once.
    static func download(at url: String) -> Response {
        .bodiless(
            .temporaryRedirect,
            [
                .location: url, .cacheControl: "no-store", .vary: "Sec-Fetch-Dest, Sec-Fetch-Mode, User-Agent",
                .contentLength: "0",
            ])
    }
}
