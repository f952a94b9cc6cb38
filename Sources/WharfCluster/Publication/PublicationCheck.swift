import BlobStorageS3
import CataloguePostgres
public import SessionCore
public import UploadCore

/// Checks the published objects of a cluster beside its nodes, one at a time, and changes nothing: reads each from one end to the
/// other and compares it with its blob. Objects that are being published, or removed, are no issue, and neither is a bucket
/// that does not answer. One object that cannot be read holds up no other.
///
/// ```swift
/// var check = store.publicationCheck()
/// while let issues = try await check.step() {
///     for issue in issues { log(issue) }
/// }
/// ```
public struct PublicationCheck: Sendable {
    private let store: ClusterStore
    /// The publications that are looked up at once.
    private let pageMax: Int
    /// Looked up and not examined yet, in reverse order.
    private var page: [FinishedPublication] = []
    private var last: SessionId?
    private var isLastPage = false
    /// Of the objects that have the bytes of their blobs.
    public private(set) var bytesVerified: UInt64 = 0

    init(_ store: ClusterStore, pageMax: Int = 1000) {
        self.store = store
        self.pageMax = pageMax
    }

    /// Examines one more publication.
    ///
    /// - Returns: The issues found; nil once all are examined.
    /// - Throws: `unavailable`; a repeated call examines the same one.
    public mutating func step() async throws(UploadError) -> [PublicationIssue]? {
        if page.isEmpty {
            if isLastPage { return nil }
            let next = try await store.catalogue.finishedPublications(after: last, limit: pageMax)
            last = next.last?.upload
            isLastPage = next.count < pageMax
            page = next.reversed()
        }
        guard let publication = page.last else { return nil }
        let issue = try await examine(publication)
        page.removeLast()
        return issue.map { [$0] } ?? []
    }

    private mutating func examine(
        _ publication: FinishedPublication
    ) async throws(UploadError) -> PublicationIssue? {
        let id = publication.upload
        if let reason = publication.failure {
            return PublicationIssue(.unpublishedBlob, id, "the blob could not be published: \(reason)")
        }
        // A blob that has ended has its object removed.
        guard let name = publication.name, let blob = try await store.catalogue.blob(BlobId(id))?.blob else {
            return nil
        }
        let object = "the published object \(name)"
        let issue: PublicationIssue
        do throws(UploadError) {
            guard let difference = try await store.blobs.difference(ofPublished: name, from: blob) else {
                bytesVerified += blob.size
                return nil
            }
            issue = PublicationIssue(
                difference == .missing ? .unpublishedBlob : .alteredObject, id, difference.text(object, blob))
        } catch {
            // Without the bucket nothing more can be said.
            guard error.code == .unavailable, await store.bucketAnswers() else { throw error }
            issue = PublicationIssue(.unreadable, id, "\(object) cannot be read: \(error.debugDescription)")
        }
        return try await store.catalogue.publishedName(of: id) == name ? issue : nil
    }
}

/// A published object that is not what its blob says, or a blob that is not published because all attempts have failed.
public struct PublicationIssue: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A published object is missing, or all attempts to publish the blob have failed.
        case unpublishedBlob = "unpublished_blob"
        /// A published object has another size or other bytes than its blob.
        case alteredObject = "altered_object"
        /// The bucket answers, and has failed to return a published object, which may be well.
        case unreadable = "unreadable"
    }

    public let kind: Kind
    public let upload: SessionId
    /// For the operator; names the object.
    public let detail: String

    /// Whether the blob can be published once more.
    public var isRepairable: Bool { kind != .unreadable }

    init(_ kind: Kind, _ upload: SessionId, _ detail: String) {
        self.kind = kind
        self.upload = upload
        self.detail = detail
    }
}

extension ClusterStore {
    /// A check of the published objects, which changes nothing.
    public func publicationCheck() -> PublicationCheck { PublicationCheck(self) }

    /// Has the blob of an issue published once more, by a node that publishes. Until then the blob counts as not published.
    ///
    /// - Returns: Whether there was anything to repair.
    /// - Throws: `unavailable`.
    public func repair(_ issue: PublicationIssue) async throws(UploadError) -> Bool {
        guard issue.isRepairable else { return false }
        return try await catalogue.repeatPublication(of: issue.upload)
    }

    /// Whether the bucket answers about the object that marks it. Readiness asks less: a bucket that refuses is reachable.
    fileprivate func bucketAnswers() async -> Bool {
        do throws(UploadError) {
            guard let mark = try await catalogue.objectsMark() else { return false }
            _ = try await blobs.has(mark)
            return true
        } catch {
            return false
        }
    }
}
