extension Schema {
    static let blobs = [
        blob, blobList, blobLookup, blobCopy, batchItems, batchItem, batchFinish, batchFinishItem, batchResults,
        batchResult, newDownload, download,
    ]

    static let blob = Schema(
        "Blob", "What a blob is.",
        [
            .must("blob", .text), .must("capsule", .text), .must("size", .number, "Bytes."),
            .may("sha256", .digest, "Missing for a concatenation whose parts were verified and not the whole."),
            .must("name", .text), .must("type", .text), .may("chunk_size", .number), .may("chunk_count", .number),
            .must("created_at", .time), .may("modified_at", .time, "The file's own time."),
        ])

    static let blobList = Schema(
        "BlobList", "Blobs; a page may have fewer than were asked for although there is a next one.",
        [.must("blobs", .list(of: .document("Blob"))), .may("next", .text, "The cursor of the next page.")])

    static let blobLookup = Schema(
        "BlobLookup", "Digests of files that may be stored already.",
        [
            .may("capsule", .text, "Where they are looked for first; the caller's default capsule if missing."),
            .must("sha256", .list(of: .digest)),
        ])

    static let blobCopy = Schema(
        "BlobCopy", "A new blob with the bytes of another.",
        [
            .may("capsule", .text, "The caller's default capsule if missing."), .must("name", .text),
            .may("type", .text, "That of the blob if missing."), .may("modified_at", .time),
            .may("derive", .choice(SchemaType.derivations)),
            .may("companions", .list(of: .document("Companion"))),
        ])

    static let batchItems = Schema(
        "BatchItems", "What the parts of a batch do not say: one entry for each file, in their order.",
        [.must("items", .list(of: .document("BatchItem")))])

    static let batchItem = Schema(
        "BatchItem", "One file of a batch.",
        [
            .may("name", .text), .may("type", .text), .may("sha256", .digest, "What the file must have."),
            .may("modified_at", .time), .may("idempotency_key", .text),
        ])

    static let batchFinish = Schema(
        "BatchFinish", "Uploads to be finished.", [.must("uploads", .list(of: .document("BatchFinishItem")))])

    static let batchFinishItem = Schema(
        "BatchFinishItem", "An upload to be finished, and what the whole must be.",
        [.must("id", .text), .may("sha256", .digest), .may("length", .number, "Bytes.")])

    static let batchResults = Schema(
        "BatchResults", "The results, in the order of the request.",
        [.must("results", .list(of: .document("BatchResult")))])

    static let batchResult = Schema(
        "BatchResult", "What became of one entry: a blob or a problem.",
        [
            .must("status", .number, "That of a request for this one alone."),
            .may("blob", .document("Finished")), .may("problem", .document("Problem")),
        ])

    static let newDownload = Schema(
        "NewDownload", "Blobs for a download without credentials.",
        [
            .must("blobs", .list(of: .text), "Their ids."),
            .may("archive", .text, "The name of the archive; a single blob without one is downloaded as it is."),
        ])

    static let download = Schema(
        "Download", "A prepared download.",
        [
            .must("ticket", .text, "The last segment of its path."), .must("size", .number, "Bytes."),
            .must("expires_at", .time, "No download begins at this time or later."),
        ])
}
