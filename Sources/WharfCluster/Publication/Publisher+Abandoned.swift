import BlobStorageS3
import CataloguePostgres
import UploadCore

/// Multipart uploads that nothing completes or aborts any more: their creation was not answered, or was answered after the
/// attempt had been taken over, and the node stopped before it could abort them. An engine may also carry out a request long
/// after its client has stopped waiting, so no attempt can be sure to find them all. Their parts are stored and paid for.
extension Publisher {
    /// Aborts the multipart uploads that were abandoned in an earlier call, too.
    ///
    /// That no publication refers to one proves nothing by itself: its id may be just about to be recorded. Two calls with an
    /// hour between them need no clock but the node's own.
    ///
    /// - Parameter earlier: What the call before has returned.
    /// - Returns: Those that may be abandoned, for the next call.
    func abortAbandoned(_ earlier: Set<MultipartUpload>) async -> Set<MultipartUpload> {
        guard let policy else { return [] }
        var remaining = earlier
        await reporting { () throws(UploadError) in
            let listed = try await blobs.multiparts(below: policy.prefix)
            // After the list: what is recorded later was begun later.
            let recorded = listed.isEmpty ? [] : try await catalogue.recordedMultiparts(among: listed.map(\.id))
            remaining = Set(listed.filter { !recorded.contains($0.id) })
            for upload in remaining.intersection(earlier) {
                try await blobs.abortMultipart(upload.id, named: upload.name)
                remaining.remove(upload)
                report(.aborted(name: upload.name.withoutFileName))
            }
        }
        return remaining
    }
}
