import CatalogueRows
package import SessionCore
package import UploadCore

/// A file to which a catalogue refers.
package struct ReferredFile: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// The bytes of a committed upload, which never change.
        case whole(length: UInt64)
        /// The durable ranges of a pending upload, in bytes, ascending; the file may not exist if there are none.
        case pieces([Range<UInt64>])
    }

    /// Orders the files of one catalogue.
    package let position: Int64
    package let upload: SessionId
    package let key: ObjectKey
    package let content: Content
}

extension Queries {
    /// Ended uploads keep their files while a concatenation refers to them.
    func referredFiles(after last: Int64, limit: Int) throws(UploadError) -> [ReferredFile] {
        let heads = try connection.all(
            """
            SELECT \(UploadHead.columns) FROM uploads
            WHERE seq > ?1 AND is_freed = 0 AND storage = ?2 AND is_concatenation = 0 ORDER BY seq LIMIT ?3
            """, last, Storage.file, limit
        ) { row throws(UploadError) in try UploadHead(&row) }
        var files: [ReferredFile] = []
        for head in heads {
            let content: ReferredFile.Content =
                if head.status.isPending {
                    .pieces(try upload(head.id)?.session.durableRanges ?? [])
                } else {
                    .whole(length: head.length ?? 0)
                }
            files.append(ReferredFile(position: head.seq, upload: head.id, key: head.key, content: content))
        }
        return files
    }

    func countReferredFiles() throws(UploadError) -> Int {
        try connection.first(
            "SELECT count(*) FROM uploads WHERE is_freed = 0 AND storage = ?1 AND is_concatenation = 0", Storage.file
        ) { row throws(UploadError) in try row.next() } ?? 0
    }
}
