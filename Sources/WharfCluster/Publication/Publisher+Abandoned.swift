import BlobStorageS3
import CataloguePostgres
import UploadCore

/// Multipart uploads that nothing completes or aborts any more: their creation was not answered, or was answered after the
/// attempt had been taken over, and the node stopped before it could abort them. An engine may also carry out a request long
/// after its client has stopped waiting, so no attempt can be sure to find them all. Their parts are stored and paid for.
extension Publisher {
    /// Aborts the multipart uploads that an earlier call has listed, too, and that no publication refers to.
    ///
    /// A new one may be listed before its id is recorded, but not an hour before. No clock but the node's own is needed.
    ///
    /// - Parameter earlier: What the call before has returned.
    /// - Returns: Those that are there, for the next call.
    func abortAbandoned(_ earlier: Set<MultipartUpload>) async -> Set<MultipartUpload> {
        guard let policy else { return [] }
        var present = earlier
        await reporting { () throws(UploadError) in
            // Before the list: one that is completed in between is still listed perhaps, and no longer recorded.
            let recorded = earlier.isEmpty ? [] : try await catalogue.recordedMultiparts(among: earlier.map(\.id))
            present = Set(try await blobs.multiparts(below: policy.prefix))
            for upload in present.intersection(earlier) where !recorded.contains(upload.id) {
                try await blobs.abortMultipart(upload.id, named: upload.name)
                present.remove(upload)
                report(.aborted(name: upload.name.withoutFileName))
            }
        }
        return present
    }
}
