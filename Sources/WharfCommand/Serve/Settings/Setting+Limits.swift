import UploadCore

extension Setting {
    /// Every field of `Limits`. Whether they make sense together is the engine's to say.
    static let engineLimits: [Setting] = [
        .size("chunk-size-default", \.limits.chunkSizeDefault, "Chunk size when the client leaves it to the server."),
        .size("chunk-size-min", \.limits.chunkSizeMin, "The smallest chunk size that a client may choose."),
        .size("chunk-size-max", \.limits.chunkSizeMax, "The largest chunk size that a client may choose."),
        .number("chunks-max", \.limits.chunksMax, "Chunks of one upload."),
        .size("upload-bytes-max", \.limits.uploadBytesMax, "Bytes of one upload."),
        .number("active-uploads-max", \.limits.activeUploadsMax, "Pending uploads of one caller in one capsule."),
        .number(
            "writers-per-caller-max", \.limits.writersPerCallerMax,
            "Bodies of one caller being received at the same moment."),
        .number("parts-max", \.limits.partsMax, "Parts of one concatenation."),
        .duration("time-to-live", \.limits.timeToLiveMilliseconds, "How long an upload lives after it was last used."),
        .duration(
            "expiry-grace", \.limits.expiryGraceMilliseconds,
            "How long nothing expires after a start, so that clients can come back."),
        .size(
            "catalogue-bytes-max", \.limits.catalogueBytesMax,
            "Uploads of a known length up to this live in the catalogue and need no file."),
        .size(
            "checkpoint-bytes", \.limits.checkpointBytes,
            "A body is made durable at least every so many bytes, so that a crash costs no more."),
        .number(
            "idle-uploads-max", \.limits.idleUploadsMax,
            "Uploads kept in memory that nobody writes: about 1 kB each, plus 1 bit a chunk."),
        .size("name-bytes-max", \.limits.nameBytesMax, "Bytes of an upload's name."),
        .size("content-type-bytes-max", \.limits.contentTypeBytesMax, "Bytes of a content type."),
        .size(
            "opaque-metadata-bytes-max", \.limits.opaqueMetadataBytesMax, "Bytes of what a client adds to an upload."),
        .size("idempotency-key-bytes-max", \.limits.idempotencyKeyBytesMax, "Bytes of an idempotency key."),
        .size(
            "provisional-memory-id-bytes-max", \.limits.provisionalMemoryIdBytesMax,
            "Bytes of a provisional memory id."),
        .size("principal-bytes-max", \.limits.principalBytesMax, "Bytes of a principal's name."),
        .size("title-bytes-max", \.limits.titleBytesMax, "Bytes of a title."),
        .number("members-max", \.limits.membersMax, "Writers and readers of one capsule."),
        .size("memory-text-bytes-max", \.limits.memoryTextBytesMax, "Bytes of a memory's texts."),
        .number("tags-max", \.limits.tagsMax, "Tags of one memory."),
        .size("thumb-hash-bytes-max", \.limits.thumbHashBytesMax, "Bytes of the ThumbHash of a memory."),
        .number("assets-max", \.limits.assetsMax, "Assets of one memory."),
        .size("inline-asset-bytes-max", \.limits.inlineAssetBytesMax, "Bytes of one inline asset."),
        .size("inline-budget-bytes", \.limits.inlineBudgetBytes, "Bytes of the inline assets of one capsule."),
        .number("page-max", \.limits.pageMax, "Entries of one page of a list."),
    ]
}
