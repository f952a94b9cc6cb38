import HTTPTypes
import HTTPWire
public import NativeWire
import NIOCore
import UploadModel

extension UploadClient {
    /// Downloads a blob to a file. If the file exists afterwards, it is complete and verified.
    ///
    /// The bytes are written to `path` + `.part`. Both an earlier run's bytes and a broken connection are resumed, by
    /// `Range` with `If-Range` (RFC 9110 §13.1.5, §14.2). At the end the SHA-256 is verified, the file is synced and
    /// renamed. An existing file is replaced.
    ///
    /// - Throws: `ClientError`: `corrupt_download`, `local_file` (also while another process downloads to the same
    ///   path), `not_found`, and as every call; `CancellationError`. Downloaded bytes are kept for the next call.
    public func get(
        _ blob: String, to path: String, onProgress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws -> BlobDocument {
        let meta = try await meta(blob)
        let source = Download.Source(
            path: NativePath.blob(meta.blob), name: meta.name, size: meta.size, sha256: meta.sha256)
        try await download(source, to: path, onProgress)
        return meta
    }

    /// Downloads an asset of a memory to a file, as `get` does.
    ///
    /// - Parameter asset: The asset's id or kind; of several assets of a kind, the first.
    /// - Throws: As `get`.
    public func getAsset(
        _ asset: String, of memory: String, to path: String,
        onProgress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws -> AssetDocument {
        guard let found = try await self.memory(memory).asset(asset) else {
            throw ClientError(
                .notFound, "The memory has no asset “\(asset)”.",
                advice: "Give the id or the kind of an asset.")
        }
        let source = Download.Source(
            path: NativePath.asset(found.id, of: memory), name: found.kind, size: found.size, sha256: found.sha256)
        try await download(source, to: path, onProgress)
        return found
    }

    private func download(
        _ source: Download.Source, to path: String, _ onProgress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws {
        let part = try await PartialFile.open(path, on: pool)
        // Without a digest it is unknown whether the existing bytes are of this source.
        if source.sha256 == nil { try await part.restart() } else { try await part.adopt(wholeBytes: source.size) }
        let resumed = part.length
        let download = Download(client: self, source: source, part: part, resumed: resumed, onProgress: onProgress)
        try await download.run()
        if !download.isVerified, resumed > 0 {
            // The bytes of the earlier run were of another source, or damaged.
            try await part.restart()
            try await Download(client: self, source: source, part: part, resumed: 0, onProgress: onProgress).run()
        }
        guard download.isVerified else {
            try await part.restart()
            throw ClientError(
                .corruptDownload, "The bytes of “\(source.name)” do not match the server's SHA-256.",
                advice: "Try again; if the error persists, ask the operator to run `wharf check`.")
        }
        try await part.complete()
    }
}

/// A download into a partial file.
struct Download: Sendable {
    /// The immutable bytes to download.
    struct Source: Sendable {
        /// The path of the request.
        let path: String
        let name: String
        /// In bytes.
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
        reportProgress()
        while part.length < source.size {
            try await client.perform {
                request
            } read: { response in
                try await receive(response)
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

    /// Writes the body. A body that breaks off counts as success if it delivered any byte: the next request continues.
    private func receive(_ response: TransportResponse) async throws {
        if response.status.code == 206 {
            guard let range = response.fields[.contentRange].flatMap(ContentRange.init(parsing:)),
                range.range.lowerBound == part.length, range.size == source.size
            else {
                throw ClientError.badAnswer("has a different range than requested")
            }
        } else if part.length > 0 {
            try await part.restart()
        }
        let before = part.length
        do {
            for try await piece in response.body {
                guard part.length + UInt64(piece.readableBytes) <= source.size else {
                    throw ClientError.badAnswer("has too many bytes")
                }
                try await part.write(piece)
                reportProgress()
            }
            // A body that ends early without an error would be requested again forever.
            if part.length < source.size, part.length == before {
                throw ClientError.badAnswer("has too few bytes")
            }
        } catch let error as TransportError {
            if part.length == before { throw error }
        }
    }

    private func reportProgress() {
        onProgress(
            TransferProgress(
                doneBytes: part.length, totalBytes: source.size, resumedBytes: min(resumed, part.length)))
    }
}
