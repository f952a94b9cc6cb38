package import SessionCore
package import UploadCore

/// The publications of a cluster. An attempt belongs to one engine at a time, with a fence, as derivations do.
extension CataloguePostgres {
    /// From now on every commit by any engine adds a publication. Idempotent.
    ///
    /// - Throws: `unavailable` also while another session reads the table for longer than a moment, as a backup does: commits
    ///   would wait with this call.
    package func beginPublishing() async throws(UploadError) {
        // In a transaction of its own: two engines that have both read the table would wait for each other.
        if try await read({ queries throws(UploadError) in try queries.isPublishing() }) { return }
        try await write { queries throws(UploadError) in try queries.beginPublishing() }
    }

    /// Adds publications of blobs that were committed before.
    ///
    /// - Returns: Whether there may be others.
    package func addEarlierPublications(limit: Int) async throws(UploadError) -> Bool {
        // Each commit asks; most of the time there are none.
        guard try await read({ queries throws(UploadError) in try queries.hasEarlierUploads() }) else { return false }
        return try await write { queries throws(UploadError) in try queries.addEarlierPublications(limit: limit) }
    }

    /// Begins an attempt at the publication that has been due for longest, if there is one that no other attempt has.
    ///
    /// - Parameter name: Names the object of one that has no name yet.
    package func startPublication(
        name: @escaping @Sendable (PublicationSubject) -> String
    ) async throws(UploadError) -> Publication? {
        let attempt = SessionId(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
        return try await write { queries throws(UploadError) in
            try queries.startPublication(attempt: attempt, name: name)
        }
    }

    /// Keeps an attempt from being taken over for another `PostgresSettings.derivationLifetime`, and records the multipart
    /// upload that it has begun.
    ///
    /// - Throws: `superseded` if it was taken over, or its blob has ended.
    package func renew(_ publication: Publication, multipart: String?) async throws(UploadError) {
        let isCurrent = try await write { queries throws(UploadError) in
            try queries.renewPublication(publication, multipart: multipart)
        }
        guard isCurrent else { throw UploadError(.superseded) }
    }

    /// Of these multipart uploads, those of publications that are neither finished nor have failed for good.
    package func recordedMultiparts(among ids: [String]) async throws(UploadError) -> Set<String> {
        try await read { queries throws(UploadError) in Set(try queries.recordedMultiparts(among: ids)) }
    }

    /// Records that the object is there, whole and verified.
    ///
    /// - Throws: `superseded` if the attempt was taken over, or its blob has ended.
    package func finish(_ publication: Publication) async throws(UploadError) {
        let isCurrent = try await write { queries throws(UploadError) in try queries.finishPublication(publication) }
        guard isCurrent else { throw UploadError(.superseded) }
    }

    /// Ends an attempt without an object. Does nothing if it was taken over, or its blob has ended.
    ///
    /// - Parameters:
    ///   - delay: Until the next one, in milliseconds; nil if the failure is final.
    ///   - isCounted: False for an attempt that was stopped.
    package func postpone(
        _ publication: Publication, delay: Int64?, reason: String?, isCounted: Bool = true
    ) async throws(UploadError) {
        try await write { queries throws(UploadError) in
            try queries.postponePublication(publication, delay: delay, reason: reason, isCounted: isCounted)
        }
    }

    /// Has a finished publication done once more, under its name.
    ///
    /// - Returns: Whether there was one.
    package func repeatPublication(of upload: SessionId) async throws(UploadError) -> Bool {
        try await write { queries throws(UploadError) in try queries.repeatPublication(of: upload) }
    }

    /// The name of a published blob's object; nil while it is not published.
    package func publishedName(of upload: SessionId) async throws(UploadError) -> String? {
        try await read { queries throws(UploadError) in try queries.publishedName(of: upload) }
    }

    /// Those that are published or have failed for good, in the order of their ids.
    package func finishedPublications(
        after upload: SessionId?, limit: Int
    ) async throws(UploadError) -> [FinishedPublication] {
        try await read { queries throws(UploadError) in try queries.finishedPublications(after: upload, limit: limit) }
    }

    /// The objects of ended blobs whose removal is due, at most `limit`.
    package func unpublished(limit: Int) async throws(UploadError) -> [UnpublishedObject] {
        try await read { queries throws(UploadError) in try queries.unpublished(limit: limit) }
    }

    /// Records a removal. It is due again after each of `PostgresSettings.removalDelays`.
    package func forget(_ object: UnpublishedObject) async throws(UploadError) {
        try await write { queries throws(UploadError) in try queries.forgetUnpublished(object.name) }
    }

    package func postpone(_ object: UnpublishedObject, milliseconds: Int64) async throws(UploadError) {
        try await write { queries throws(UploadError) in
            try queries.postponeUnpublished(object.name, milliseconds: milliseconds)
        }
    }
}
