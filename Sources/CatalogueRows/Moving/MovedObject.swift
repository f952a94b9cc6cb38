package import SessionCore
package import UploadCore

/// Bytes of an upload that are moved as they are: those of its own, not those of its parts.
package struct MovedObject: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// All bytes of a committed upload, or of an ended one to which concatenations refer. They never change.
        case whole(length: UInt64, Digest)
        /// The durable bytes of a pending upload.
        case durable
    }

    /// Orders the objects.
    package let seq: Int64
    package let upload: SessionId
    package let key: ObjectKey
    package let storage: Storage
    package let content: Content

    package init(_ head: UploadHead) throws(UploadError) {
        seq = head.seq
        upload = head.id
        key = head.key
        storage = head.storage
        if head.status.isPending {
            content = .durable
        } else if let length = head.length, let digest = head.digest {
            content = .whole(length: length, digest.digest)
        } else {
            throw UploadError(.storeCorrupt(detail: "upload \(head.id.text) has bytes and was never committed"))
        }
    }
}

/// How far an object was copied.
package struct ObjectProgress: Hashable, Sendable {
    /// The end of the bytes that are recorded, from the first on; gaps of a pending upload do not count.
    package var through: UInt64
    /// The hash of these bytes, of a whole object.
    package var hash: SHA256Midstate?
    package var isComplete: Bool

    package init(through: UInt64, hash: SHA256Midstate?, isComplete: Bool) {
        self.through = through
        self.hash = hash
        self.isComplete = isComplete
    }

    package static let none = ObjectProgress(through: 0, hash: nil, isComplete: false)
}

/// Bytes of an object that were copied, in one transaction of the catalogue.
package struct CopiedBytes: Sendable {
    package let object: MovedObject
    package let receipts: [StorageReceipt]
    /// Of the chunks of a pending upload.
    package let chunks: [(index: UInt64, digest: Digest)]
    /// After these bytes.
    package let progress: ObjectProgress

    package init(
        of object: MovedObject, _ receipts: [StorageReceipt], chunks: [(index: UInt64, digest: Digest)] = [],
        _ progress: ObjectProgress
    ) {
        self.object = object
        self.receipts = receipts
        self.chunks = chunks
        self.progress = progress
    }
}
