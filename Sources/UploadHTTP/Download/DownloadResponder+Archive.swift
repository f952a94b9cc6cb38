import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import SessionCore
import UploadCore
import UploadTransfer

/// A ZIP archive of blobs whose access was checked.
struct BlobArchive: Sendable {
    let blobs: [Blob]
    let entries: [ZipEntry]

    init(_ blobs: [Blob]) {
        self.blobs = blobs
        var names = ArchiveNames()
        entries = blobs.map { blob in
            ZipEntry(
                name: names.add(blob.asset.name), size: blob.size,
                modifiedAt: blob.asset.modifiedAt ?? blob.createdAt)
        }
    }

    /// Bytes of the archive. The blobs together must have fewer than 2^62.
    var size: UInt64 { ZipWriter.size(of: entries) }
}

extension DownloadResponder {
    /// The blobs of an archive, each checked for access.
    ///
    /// - Throws: `not_found`, also for a blob that the caller may not read; `invalid_argument` for too many bytes.
    func archive(_ ids: [BlobId], by caller: Principal) async throws(UploadError) -> BlobArchive {
        var blobs: [Blob] = []
        var total: UInt64 = 0
        for id in ids {
            let blob = try await transfer.uploads.blob(id, by: caller)
            let (sum, overflow) = total.addingReportingOverflow(blob.size)
            guard !overflow, sum < 1 << 62 else {
                throw UploadError(.invalidArgument("blobs", "have more bytes than a file can have"))
            }
            total = sum
            blobs.append(blob)
        }
        return BlobArchive(blobs)
    }

    /// Sends an archive. Damage that is found on the way ends the connection, so that no client takes the archive for whole.
    func respond(with archive: BlobArchive, named name: String, to request: AuthenticatedRequest) -> Response {
        let type = MediaType.zip
        let size = Int(archive.size)
        let fields: HTTPFields = [
            .contentType: type.text, .contentLength: String(size), .cacheControl: "no-store",
            .contentDisposition: ContentDisposition.format(name: name, type: type),
        ]
        let (channel, access, transfer) = (request.channel, request.access, transfer)
        return Response(
            status: .ok, headers: fields,
            body: ResponseBody(contentLength: size) { writer in
                var sink = ResponseSink(writer: writer, channel: channel, access: access)
                var zip = ZipWriter()
                for (blob, entry) in Swift.zip(archive.blobs, archive.entries) {
                    try await sink.write(zip.begin(entry))
                    let checksum = try await transfer.sendVerified(blob, to: &sink)
                    try await sink.write(zip.end(checksum: checksum.value))
                }
                try await sink.write(zip.finish())
                writer = sink.writer
                try await writer.finish(nil)
            })
    }
}
