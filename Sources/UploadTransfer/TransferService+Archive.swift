package import UploadCore

extension TransferService {
    /// Sends all bytes of a blob, copied and verified.
    ///
    /// - Returns: Their CRC-32.
    /// - Throws: `DownloadFailure` for bytes that are damaged or missing; errors of the sink.
    package func sendVerified(_ blob: Blob, to sink: inout some DownloadSink) async throws -> Checksum {
        var checksum = Checksum.empty
        for slice in blob.slices(0..<blob.size) {
            var reader = uploads.reader(of: [slice])
            while let bytes = try await next(of: &reader, slice, of: blob) {
                checksum = bytes.withUnsafeBytes { checksum.appending($0) }
                try await sink.write(bytes)
            }
            observer.bytesSent(UInt64(slice.range.count))
        }
        return checksum
    }

    private func next(
        of reader: inout BlobReader<Store, Blobs, Time>, _ slice: BlobSlice, of blob: Blob
    ) async throws -> [UInt8]? {
        do {
            return try await reader.next()
        } catch {
            throw await failure(of: blob, slice, error)
        }
    }
}
