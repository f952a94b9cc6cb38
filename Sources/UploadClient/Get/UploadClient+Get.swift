import HTTPTypes
import NIOCore
public import NativeWire
import UploadCore

extension UploadClient {
    /// Downloads a blob to a file, which is complete and verified if it is there at all.
    ///
    /// Bytes come into `path` with `.part` added. What an earlier run left there is continued, by `Range` with `If-Range`
    /// (RFC 9110 §13.1.5, §14.2), and a connection that breaks is too. At the end the SHA-256 is compared with the server's,
    /// the file is synced and renamed. A file that has the name is replaced.
    ///
    /// - Throws: `ClientError`: `corrupt_download`, `local_file` (also while another process downloads to the same path),
    ///   `not_found`, and as every call; `CancellationError`. What was downloaded stays for the next run.
    public func get(
        _ blob: String, to path: String, onProgress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws -> BlobDocument {
        let meta = try await meta(blob)
        let part = try await PartialFile.open(path, on: pool)
        // Without a digest nobody could tell whether what is there belongs to this blob.
        if meta.sha256 == nil { try await part.restart() } else { try await part.adopt(wholeBytes: meta.size) }
        let resumed = part.length
        let download = Download(client: self, meta: meta, part: part, resumed: resumed, onProgress: onProgress)
        try await download.run()
        if !download.isVerified, resumed > 0 {
            // What an earlier run left was another blob's, or damaged.
            try await part.restart()
            try await Download(client: self, meta: meta, part: part, resumed: 0, onProgress: onProgress).run()
        }
        guard download.isVerified else {
            try await part.restart()
            throw ClientError(
                .corruptDownload, "The bytes of “\(meta.name)” do not have the SHA-256 that the server promised.",
                advice: "Try again; if it happens again, let the operator run the store check.")
        }
        try await part.complete()
        return meta
    }
}

/// The bytes of one blob on their way to a file.
private struct Download: Sendable {
    let client: UploadClient
    let meta: BlobDocument
    let part: PartialFile
    let resumed: UInt64
    let onProgress: @Sendable (TransferProgress) -> Void

    var isVerified: Bool { part.length == meta.size && (meta.sha256 == nil || meta.sha256 == part.digest.hex) }

    func run() async throws {
        tell()
        while part.length < meta.size {
            try await client.perform {
                request
            } read: { response in
                try await take(response)
            }
        }
    }

    private var request: TransportRequest {
        var fields: HTTPFields = [:]
        if part.length > 0, let digest = meta.sha256 {
            fields[.range] = "bytes=\(part.length)-"
            fields[.ifRange] = EntityTag(opaque: "sha256-\(digest)").text
        }
        return TransportRequest(.get, NativePath.blob(meta.blob), fields: fields)
    }

    /// Writes what comes. A body that breaks off is a success as long as it brought something: the rest is asked for then.
    private func take(_ response: TransportResponse) async throws {
        if response.status.code == 206 {
            guard let range = response.fields[.contentRange].flatMap(ContentRange.init(parsing:)),
                range.range.lowerBound == part.length, range.size == meta.size
            else {
                throw ClientError.badAnswer("has another range than was asked for")
            }
        } else if part.length > 0 {
            try await part.restart()
        }
        let before = part.length
        do {
            for try await piece in response.body {
                guard part.length + UInt64(piece.readableBytes) <= meta.size else {
                    throw ClientError.badAnswer("has more bytes than the blob")
                }
                try await part.write(piece)
                tell()
            }
            // A body that ends well and early would be asked for again for ever.
            if part.length < meta.size, part.length == before { throw ClientError.badAnswer("has too few bytes") }
        } catch let error as TransportError {
            if part.length == before { throw error }
        }
    }

    private func tell() {
        onProgress(
            TransferProgress(doneBytes: part.length, totalBytes: meta.size, resumedBytes: min(resumed, part.length)))
    }
}
