import HTTPTypes
import NIOCore
import NativeWire
import UploadCore

/// Bytes of the server's on their way to a file.
struct Download: Sendable {
    /// What is downloaded; its bytes never change.
    struct Source: Sendable {
        /// Of the request.
        let path: String
        let name: String
        /// Bytes.
        let size: UInt64
        let sha256: String?
    }

    let client: UploadClient
    let source: Source
    let part: PartialFile
    let resumed: UInt64
    let onProgress: @Sendable (TransferProgress) -> Void

    var isVerified: Bool {
        part.length == source.size && (source.sha256 == nil || source.sha256 == part.digest.hex)
    }

    func run() async throws {
        tell()
        while part.length < source.size {
            try await client.perform {
                request
            } read: { response in
                try await take(response)
            }
        }
    }

    private var request: TransportRequest {
        var fields: HTTPFields = [:]
        if part.length > 0, let digest = source.sha256 {
            fields[.range] = "bytes=\(part.length)-"
            fields[.ifRange] = EntityTag(opaque: "sha256-\(digest)").text
        }
        return TransportRequest(.get, source.path, fields: fields)
    }

    /// Writes what comes. A body that breaks off is a success as long as it brought something: the rest is asked for then.
    private func take(_ response: TransportResponse) async throws {
        if response.status.code == 206 {
            guard let range = response.fields[.contentRange].flatMap(ContentRange.init(parsing:)),
                range.range.lowerBound == part.length, range.size == source.size
            else {
                throw ClientError.badAnswer("has another range than was asked for")
            }
        } else if part.length > 0 {
            try await part.restart()
        }
        let before = part.length
        do {
            for try await piece in response.body {
                guard part.length + UInt64(piece.readableBytes) <= source.size else {
                    throw ClientError.badAnswer("has more bytes than there should be")
                }
                try await part.write(piece)
                tell()
            }
            // A body that ends well and early would be asked for again for ever.
            if part.length < source.size, part.length == before {
                throw ClientError.badAnswer("has too few bytes")
            }
        } catch let error as TransportError {
            if part.length == before { throw error }
        }
    }

    private func tell() {
        onProgress(
            TransferProgress(
                doneBytes: part.length, totalBytes: source.size, resumedBytes: min(resumed, part.length)))
    }
}
