package import SessionCore
package import UploadCore

/// The destination of a download's bytes.
package protocol DownloadSink {
    /// Sends a range of an open file as the next bytes, without copying it through this process.
    ///
    /// - Returns: false, with nothing sent, if the transport cannot do so.
    mutating func sendFile(_ descriptor: CInt, _ range: Range<UInt64>) async throws -> Bool

    mutating func write(_ bytes: [UInt8]) async throws
}

/// The failure of a download whose header may have been sent already, so that no status can report it. The error is
/// `not_found` if the blob was deleted meanwhile.
package struct DownloadFailure: Error, Sendable {
    /// The upload whose bytes are missing, short or unreadable; a part, for a concatenation.
    package let upload: SessionId
    package let error: UploadError
}

/// The bytes of a blob or of an inline asset.
package enum Download<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    case blob(Blob, TransferService<Store, Blobs, Time>)
    /// At most `Limits.inlineAssetBytesMax`.
    case inline([UInt8], any TransferObserver)

    /// The beginning of a download, found undamaged as far as that can be told before it is sent.
    package enum Opened: Sendable {
        /// The first file, with all its bytes.
        case file(any OpenFile)
        /// The verified first bytes, and the reader of the others of the first slice.
        case begun([UInt8], BlobReader<Store, Blobs, Time>)

        fileprivate func close() {
            if case .file(let file) = self { file.close() }
        }
    }

    /// Opens the first file of a range, or reads and verifies its first bytes, so that damage found there is an error and
    /// not half a response.
    ///
    /// - Returns: nil if there are no bytes, and for inline ones.
    /// - Throws: `store_corrupt`, `not_found` if the blob was deleted meanwhile, `unavailable`.
    package func open(_ range: Range<UInt64>) async throws(UploadError) -> Opened? {
        guard case .blob(let blob, let transfer) = self, let first = blob.slices(range).first else { return nil }
        do throws(UploadError) {
            if let file = try await transfer.openFile(first) { return .file(file) }
            var reader = transfer.uploads.reader(of: [first])
            return .begun(try await reader.next() ?? [], reader)
        } catch {
            throw await transfer.failure(of: blob, first, error).error
        }
    }

    /// Sends a range. A file is sent directly if the sink can do so, and in copied pieces otherwise.
    ///
    /// - Parameter opened: The result of `open` for the same range, or nil. Closed in any case.
    /// - Throws: `DownloadFailure`; errors of the sink.
    package func send(
        _ range: Range<UInt64>, opened: Opened?, to sink: inout some DownloadSink
    ) async throws {
        switch self {
        case .blob(let blob, let transfer):
            try await transfer.send(blob, range, opened: opened, to: &sink)
        case .inline(let bytes, let observer):
            try await sink.write(Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]))
            observer.bytesSent(UInt64(range.count))
        }
    }
}

extension TransferService {
    /// Begins a download of a committed upload.
    ///
    /// - Throws: `not_found`, also for callers without read access to the capsule.
    package func openDownload(
        _ id: BlobId, by caller: Principal
    ) async throws(UploadError) -> (blob: Blob, download: Download<Store, Blobs, Time>) {
        let blob = try await uploads.blob(id, by: caller)
        return (blob, .blob(blob, self))
    }

    package func inlineDownload(_ bytes: [UInt8]) -> Download<Store, Blobs, Time> {
        .inline(bytes, observer)
    }

    /// Bytes sent at a time. While one piece is sent, the next is read into the page cache.
    private static var pieceBytes: UInt64 { 4 << 20 }

    fileprivate func openFile(_ slice: BlobSlice) async throws(UploadError) -> (any OpenFile)? {
        guard slice.extent.storage == .file, let files else { return nil }
        return try await files.openFile(slice.extent.key, length: slice.extent.length)
    }

    /// A deletion takes the bytes of a blob that is being sent, too, unless its file is open: no damage.
    func failure(of blob: Blob, _ slice: BlobSlice, _ error: UploadError) async -> DownloadFailure {
        var isDeleted = false
        if error.code == .storeCorrupt {
            do throws(UploadError) { isDeleted = try await uploads.isDeleted(blob.id) } catch {}
        }
        return DownloadFailure(
            upload: slice.extent.source, error: isDeleted ? UploadError(.notFound(.blob)) : error)
    }

    fileprivate func send(
        _ blob: Blob, _ range: Range<UInt64>, opened: Download<Store, Blobs, Time>.Opened?,
        to sink: inout some DownloadSink
    ) async throws {
        var opened = opened
        defer { opened?.close() }
        for slice in blob.slices(range) {
            do {
                if opened == nil { opened = try await openFile(slice).map { .file($0) } }
                switch opened {
                case .file(let file): try await send(file, slice, to: &sink)
                case .begun(let first, let rest):
                    try await sink.write(first)
                    try await sendRest(of: rest, to: &sink)
                case nil: try await sendCopied(slice, to: &sink)
                }
            } catch let error as UploadError {
                throw await failure(of: blob, slice, error)
            }
            opened?.close()
            opened = nil
            observer.bytesSent(UInt64(slice.range.count))
        }
    }

    private func send(_ file: any OpenFile, _ slice: BlobSlice, to sink: inout some DownloadSink) async throws {
        var piece = Self.piece(of: slice.range, from: slice.range.lowerBound)
        await file.prepare(piece)
        while !piece.isEmpty {
            let next = Self.piece(of: slice.range, from: piece.upperBound)
            async let isPrepared: Void = file.prepare(next)
            let isSent: Bool
            do {
                isSent = try await sink.sendFile(file.descriptor, piece)
            } catch {
                // The file must stay open until the preparation has ended.
                await isPrepared
                throw error
            }
            await isPrepared
            guard isSent else {
                let rest = BlobSlice(extent: slice.extent, range: piece.lowerBound..<slice.range.upperBound)
                return try await sendCopied(rest, to: &sink)
            }
            piece = next
        }
    }

    private func sendCopied(_ slice: BlobSlice, to sink: inout some DownloadSink) async throws {
        try await sendRest(of: uploads.reader(of: [slice]), to: &sink)
    }

    private func sendRest(
        of reader: BlobReader<Store, Blobs, Time>, to sink: inout some DownloadSink
    ) async throws {
        var reader = reader
        while let bytes = try await reader.next() { try await sink.write(bytes) }
    }

    private static func piece(of range: Range<UInt64>, from start: UInt64) -> Range<UInt64> {
        start..<min(range.upperBound, start + pieceBytes)
    }
}
