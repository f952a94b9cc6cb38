import BlobStorageS3
import CataloguePostgres
public import SessionCore
public import UploadCore

extension ClusterStore {
    /// Publishes the blobs of the cluster as one object each, and removes the objects of those that have ended, until its task
    /// is cancelled. Each node has one such task, also those that publish nothing: what others have published ends with its blob.
    ///
    /// - Parameters:
    ///   - policy: Nil to publish nothing.
    ///   - pause: Waits for a number of milliseconds; throws when its task is cancelled.
    ///   - report: Must return at once.
    public func publish(
        _ policy: PublicationPolicy?, pause: @escaping @Sendable (_ milliseconds: Int64) async throws -> Void,
        report: @escaping @Sendable (PublicationEvent) -> Void
    ) async {
        await publisher(policy, report: report).run(pause: pause)
    }

    func publisher(
        _ policy: PublicationPolicy?, report: @escaping @Sendable (PublicationEvent) -> Void
    ) -> Publisher {
        Publisher(uploads: uploads, catalogue: catalogue, blobs: blobs, policy: policy, report: report)
    }
}

// MARK: - Check

/// A published object that is not what its blob says, or a blob that is not published because all attempts have failed.
public struct PublicationIssue: Hashable, Sendable {
    public let upload: SessionId
    /// For the operator.
    public let detail: String
}

extension ClusterStore {
    /// The publications that one call of `checkPublications` examines.
    static let checkedPublicationsMax = 1000

    /// Compares the sizes of published objects with those of their blobs, a page at a time. Objects that are being published, or
    /// removed, are no issue.
    ///
    /// - Parameter upload: The `next` of the page before; nil for the first.
    /// - Returns: `next` is nil at the end.
    /// - Throws: `unavailable`.
    public func checkPublications(
        after upload: SessionId?
    ) async throws(UploadError) -> (issues: [PublicationIssue], next: SessionId?) {
        let page = try await catalogue.finishedPublications(after: upload, limit: Self.checkedPublicationsMax)
        var issues: [PublicationIssue] = []
        for publication in page {
            if let reason = publication.givenUp {
                issues.append(
                    PublicationIssue(upload: publication.upload, detail: "the blob could not be published: \(reason)"))
                continue
            }
            guard let name = publication.name else { continue }
            let size = try await blobs.size(ofPublished: name)
            // A blob that has ended since has its object removed.
            guard size != publication.byteCount,
                try await catalogue.publishedName(of: publication.upload) == name
            else { continue }
            let damage = size.map { "has \($0) of \(publication.byteCount) bytes" } ?? "is missing"
            issues.append(
                PublicationIssue(upload: publication.upload, detail: "the published object \(name) \(damage)"))
        }
        return (issues, page.count < Self.checkedPublicationsMax ? nil : page.last?.upload)
    }

    /// Has the blob of an issue published once more, by a node that publishes.
    ///
    /// - Returns: Whether there was anything to repair.
    public func repair(_ issue: PublicationIssue) async throws(UploadError) -> Bool {
        try await catalogue.repeatPublication(of: issue.upload)
    }
}
