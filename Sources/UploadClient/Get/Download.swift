import HTTPTypes
import HTTPWire
public import NativeWire
import NIOCore
import SessionCore
import UploadModel

extension UploadClient {
    /// Downloads a blob to a file. If the file exists afterwards, it is complete and verified.
    ///
    /// The bytes are written to `path` + `.part` (a shorter name if that is too long). Both an earlier run's bytes and a
    /// broken connection are resumed, by `Range` with `If-Range` (RFC 9110 §13.1.5, §14.2). At the end the SHA-256 is
    /// verified, the file is synced and renamed. An existing file is replaced. Wrong bytes of a server to which this one
    /// redirects are reported to `onWarning`, and downloaded once more from this one.
    ///
    /// - Throws: `ClientError`: `corrupt_download`, `local_file` (also while another process downloads to the same
    ///   path), `not_found`, and as every call; `CancellationError`. Downloaded bytes are kept for the next call.
    public func get(
        _ blob: String, to path: String, options: DownloadOptions = DownloadOptions(),
        onProgress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws -> BlobDocument {
        let meta = try await meta(blob)
        try await get(meta, to: path, options: options, onProgress: onProgress)
        return meta
    }

    /// Downloads a blob whose metadata is known, as `get` does.
    public func get(
        _ blob: BlobDocument, to path: String, options: DownloadOptions = DownloadOptions(),
        onProgress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws {
        try await download(Download.Source(blob), to: path, options, onProgress)
    }

    /// Writes a blob to a descriptor, such as standard output, and verifies its SHA-256 at the end. A broken connection
    /// is resumed; a later call starts over. Redirects are not followed: wrong bytes could not be taken back.
    ///
    /// - Parameter descriptor: Open, and not closed by the call.
    /// - Throws: As `get`. What was written stays written: it is complete and verified only if the call returns.
    public func get(
        _ blob: BlobDocument, writingTo descriptor: Int32,
        onProgress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws {
        try await download(Download.Source(blob), writingTo: descriptor, onProgress)
    }

    /// Downloads an asset of a memory to a file, as `get` does.
    ///
    /// - Parameter asset: The asset's id or kind; of several assets of a kind, the first.
    /// - Throws: As `get`.
    public func getAsset(
        _ asset: String, of memory: String, to path: String, options: DownloadOptions = DownloadOptions(),
        onProgress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws -> AssetDocument {
        guard let found = try await self.memory(memory).asset(asset) else {
            throw ClientError(
                .notFound, "The memory has no asset “\(asset)”.",
                advice: "Give the id or the kind of an asset.")
        }
        try await download(Download.Source(found, of: memory), to: path, options, onProgress)
        return found
    }

    /// Writes an asset of a memory to a descriptor, as `get` does.
    package func getAsset(
        _ asset: AssetDocument, of memory: String, writingTo descriptor: Int32,
        onProgress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws {
        try await download(Download.Source(asset, of: memory), writingTo: descriptor, onProgress)
    }

    private func download(
        _ source: Download.Source, to path: String, _ options: DownloadOptions,
        _ onProgress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws {
        let part = try await PartialFile.open(path, on: pool)
        // Without a digest it is unknown whether the existing bytes are of this source.
        if source.sha256 == nil { try await part.restart() } else { try await part.adopt(wholeBytes: source.size) }
        let resumed = part.length
        let download = Download(
            client: self, source: source, target: part, followsRedirects: true, resumed: resumed,
            onProgress: onProgress)
        let isRedirected = try await download.run()
        if !download.isVerified, resumed > 0 || isRedirected {
            // The bytes of the earlier run, or of the other server, were of another source, or damaged.
            if isRedirected {
                onWarning(
                    "The server has redirected the download of “\(source.name)” to bytes with another SHA-256; "
                        + "it is downloaded from the server itself.")
            }
            try await part.restart()
            let again = Download(
                client: self, source: source, target: part, followsRedirects: false, resumed: 0, onProgress: onProgress)
            _ = try await again.run()
        }
        guard download.isVerified else {
            try await part.restart()
            throw ClientError(corrupt: source.name)
        }
        try await part.complete(
            permissions: options.permissions, modifiedAt: options.keepsModificationTime ? source.modifiedAt : nil)
    }

    private func download(
        _ source: Download.Source, writingTo descriptor: Int32,
        _ onProgress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws {
        let download = Download(
            client: self, source: source, target: DescriptorTarget(descriptor, on: pool), followsRedirects: false,
            resumed: 0, onProgress: onProgress)
        _ = try await download.run()
        guard download.isVerified else { throw ClientError(corrupt: source.name) }
    }
}

extension ClientError {
    fileprivate init(corrupt name: String) {
        self.init(
            .corruptDownload, "The bytes of “\(name)” do not match the server's SHA-256.",
            advice: "Try again; if the error persists, ask the operator to run `wharf check`.")
    }
}

/// A download of immutable bytes into a target.
struct Download: Sendable {
    /// The immutable bytes to download.
    struct Source: Sendable {
        /// The path of the request.
        let path: String
        let name: String
        /// In bytes.
        let size: UInt64
        let sha256: String?
        /// As its sender declared it.
        let modifiedAt: Timestamp?
    }

    let client: UploadClient
    let source: Source
    let target: any DownloadTarget
    /// Whether the bytes may come from another server to which this one redirects: if they are wrong, they have to be discarded.
    let followsRedirects: Bool
    let resumed: UInt64
    let onProgress: @Sendable (TransferProgress) -> Void

    var isVerified: Bool {
        target.length == source.size && (source.sha256 == nil || source.sha256 == target.digest.hex)
    }

    /// - Returns: Whether another server was asked for the bytes. What it did not send, this one did.
    func run() async throws -> Bool {
        reportProgress()
        var isRedirected = false
        while target.length < source.size {
            let follows = followsRedirects && !isRedirected
            let wasRedirected = try await client.perform {
                request(followsRedirects: follows)
            } read: { response in
                try await receive(response)
                return response.isRedirected
            }
            if wasRedirected { isRedirected = true }
        }
        return isRedirected
    }

    private func request(followsRedirects: Bool) -> TransportRequest {
        var fields: HTTPFields = [:]
        // Another server's bytes have to be verified by a digest. Ranges are not redirected.
        let followsRedirect = followsRedirects && target.length == 0 && source.sha256 != nil
        if !followsRedirect { fields[.range] = "bytes=\(target.length)-" }
        if target.length > 0, let digest = source.sha256 {
            fields[.ifRange] = EntityTag(opaque: "sha256-\(digest)").text
        }
        var request = TransportRequest(.get, source.path, fields: fields)
        request.followsRedirect = followsRedirect
        return request
    }

    /// Writes the body. A body that breaks off counts as success if it delivered any byte: the next request continues. One of
    /// another server always does: the next request is for this one.
    private func receive(_ response: TransportResponse) async throws {
        if response.status.code == 206 {
            guard let range = response.fields[.contentRange].flatMap(ContentRange.init(parsing:)),
                range.range.lowerBound == target.length, range.size == source.size
            else {
                throw ClientError.badAnswer("has a different range than requested")
            }
        } else if target.length > 0 {
            try await target.restart()
        }
        let before = target.length
        do {
            for try await piece in response.body {
                guard target.length + UInt64(piece.readableBytes) <= source.size else {
                    if response.isRedirected { return }
                    throw ClientError.badAnswer("has too many bytes")
                }
                try await target.write(piece)
                reportProgress()
            }
            // A body that ends early without an error would be requested again forever.
            if target.length < source.size, target.length == before, !response.isRedirected {
                throw ClientError.badAnswer("has too few bytes")
            }
        } catch let error as TransportError {
            if target.length == before, !response.isRedirected { throw error }
        }
    }

    private func reportProgress() {
        onProgress(
            TransferProgress(
                doneBytes: target.length, totalBytes: source.size, resumedBytes: min(resumed, target.length)))
    }
}

extension Download.Source {
    init(_ blob: BlobDocument) {
        self.init(
            path: NativePath.blob(blob.blob), name: blob.name, size: blob.size, sha256: blob.sha256,
            modifiedAt: blob.modifiedAt?.timestamp)
    }

    init(_ asset: AssetDocument, of memory: String) {
        self.init(
            path: NativePath.asset(asset.id, of: memory), name: asset.kind, size: asset.size, sha256: asset.sha256,
            modifiedAt: nil)
    }
}
