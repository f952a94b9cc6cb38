import HummingbirdCore
import NIOCore
import SessionCore
import UploadCore

/// Sends ranges of a blob: from its files directly where the connection can, in pieces otherwise.
struct BlobContent<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    /// Sent at a time. While one piece is on its way the next is brought into memory.
    private static var pieceBytes: UInt64 { 4 << 20 }

    let uploads: UploadService<Store, Blobs, Time>
    let blob: Blob
    let files: (any OpenFileProvider)?
    let requestChannel: any RequestChannel
    let metrics: ServerMetrics

    /// Opens what is to be sent first, so that a damaged store is an error and not half an answer.
    ///
    /// - Throws: `store_corrupt`, `unavailable`.
    func open(_ range: Range<UInt64>) async throws(UploadError) -> (any OpenFile)? {
        guard let first = blob.slices(range).first else { return nil }
        return try await openFile(first)
    }

    /// - Parameter opened: The file of the first slice, from `open`; it is closed when this returns.
    func send(
        _ range: Range<UInt64>, opened: (any OpenFile)?, to writer: inout any ResponseBodyWriter
    ) async throws {
        var opened = opened
        defer { opened?.close() }
        for slice in blob.slices(range) {
            if opened == nil { opened = try await openFile(slice) }
            if let file = opened {
                try await send(file, slice, to: &writer)
            } else {
                try await sendCopied(slice, to: &writer)
            }
            opened?.close()
            opened = nil
            metrics.bytesSent(UInt64(slice.range.count))
        }
    }

    private func openFile(_ slice: BlobSlice) async throws(UploadError) -> (any OpenFile)? {
        guard slice.extent.storage == .file, let files else { return nil }
        return try await files.openFile(slice.extent.key, length: slice.extent.length)
    }

    private func send(_ file: any OpenFile, _ slice: BlobSlice, to writer: inout any ResponseBodyWriter) async throws {
        var piece = Self.piece(of: slice.range, from: slice.range.lowerBound)
        await file.prepare(piece)
        while !piece.isEmpty {
            let next = Self.piece(of: slice.range, from: piece.upperBound)
            async let isPrepared: Void = file.prepare(next)
            let isSent: Bool
            do {
                isSent = try await requestChannel.sendFile(file.descriptor, piece)
            } catch {
                // The file stays open until nobody reads from it.
                await isPrepared
                throw error
            }
            await isPrepared
            guard isSent else {
                let rest = BlobSlice(extent: slice.extent, range: piece.lowerBound..<slice.range.upperBound)
                return try await sendCopied(rest, to: &writer)
            }
            piece = next
        }
    }

    private func sendCopied(_ slice: BlobSlice, to writer: inout any ResponseBodyWriter) async throws {
        var reader = uploads.reader(of: [slice])
        while let bytes = try await reader.next() { try await writer.write(ByteBuffer(bytes: bytes)) }
    }

    private static func piece(of range: Range<UInt64>, from start: UInt64) -> Range<UInt64> {
        start..<min(range.upperBound, start + pieceBytes)
    }
}
