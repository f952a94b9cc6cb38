public import NativeWire

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
        let source = Download.Source(
            path: NativePath.blob(meta.blob), name: meta.name, size: meta.size, sha256: meta.sha256)
        try await download(source, to: path, onProgress)
        return meta
    }

    /// Downloads an asset of a memory to a file, just as `get` does.
    ///
    /// - Parameter asset: Its id or its kind: of several of one kind, the first.
    /// - Throws: As `get`.
    public func getAsset(
        _ asset: String, of memory: String, to path: String,
        onProgress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws -> AssetDocument {
        guard let found = try await self.memory(memory).asset(asset) else {
            throw ClientError(
                .notFound, "The memory has no asset “\(asset)”.",
                advice: "Name one by its id or its kind.")
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
        // Without a digest nobody could tell whether what is there belongs to this source.
        if source.sha256 == nil { try await part.restart() } else { try await part.adopt(wholeBytes: source.size) }
        let resumed = part.length
        let download = Download(client: self, source: source, part: part, resumed: resumed, onProgress: onProgress)
        try await download.run()
        if !download.isVerified, resumed > 0 {
            // What an earlier run left was of something else, or damaged.
            try await part.restart()
            try await Download(client: self, source: source, part: part, resumed: 0, onProgress: onProgress).run()
        }
        guard download.isVerified else {
            try await part.restart()
            throw ClientError(
                .corruptDownload, "The bytes of “\(source.name)” do not have the SHA-256 that the server promised.",
                advice: "Try again; if it happens again, let the operator run the store check.")
        }
        try await part.complete()
    }
}
