import DeliberateFaults
import SessionCore

/// An upload that is about to be recorded.
public struct UploadDraft: Sendable {
    /// Pending, without pieces.
    public let record: UploadRecord
    /// The limit on pending uploads of the caller in the capsule, this one included.
    public let activeMax: UInt64
    public let allowance: Allowance
    /// The limit on pending derivations of the caller, that of this upload included, if it has a recipe.
    public let pendingDerivationsMax: UInt64
    /// The bytes and their digest, for an upload that is committed at once. Only with storage in the catalogue.
    public let content: Content?
    /// The blob whose bytes the upload takes, for a copy that is committed at once: its only part. The bytes are stored
    /// once; the copy has the digest of the blob.
    public let source: BlobId?
    /// Whether the upload takes the capsule's default recipe.
    public let takesCapsuleRecipe: Bool
    /// The link through which the upload begins, whose limits apply; nil for other callers, and for derived uploads.
    public let link: LinkId?

    public struct Content: Sendable {
        public let bytes: [UInt8]
        public let digest: Digest

        public init(bytes: [UInt8], digest: Digest) {
            self.bytes = bytes
            self.digest = digest
        }
    }

    public init(
        record: UploadRecord, activeMax: UInt64, allowance: Allowance = .unlimited,
        pendingDerivationsMax: UInt64 = .max, content: Content? = nil, source: BlobId? = nil,
        takesCapsuleRecipe: Bool = false, link: LinkId? = nil
    ) {
        self.record = record
        self.activeMax = activeMax
        self.allowance = allowance
        self.pendingDerivationsMax = pendingDerivationsMax
        self.content = content
        self.source = source
        self.takesCapsuleRecipe = takesCapsuleRecipe
        self.link = link
    }
}

extension UploadDraft {
    /// Whether the upload is pending after its beginning, and counts as such.
    package var isPending: Bool { content == nil && source == nil }

    /// Requires that the upload may begin through its link.
    ///
    /// - Parameter status: The link; nil if it does not exist.
    /// - Throws: `not_found` (link), and as `LinkStatus.requireUpload`.
    package func requireRoom(in status: LinkStatus?) throws(UploadError) {
        guard let status, status.link.capsule == record.meta.capsule else { throw UploadError(.notFound(.link)) }
        guard !DeliberateFault.ignoreLinkLimits.isOn else { return }
        try status.requireUpload(
            length: record.session.spec.expectedBytes ?? content.map { UInt64($0.bytes.count) },
            contentType: record.meta.asset.contentType,
            isConcatenated: record.meta.isPartial || !record.parts.isEmpty, at: record.session.meta.createdAt)
    }
}
