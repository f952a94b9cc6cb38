import UploadCore
import UploadHTTP
import UploadMemories

extension Setting {
    /// Every field of `Limits`, which validates their combination.
    static let engineLimits: [Setting] = [
        .size("chunk-size-default", \.limits.chunkSizeDefault, "Chunk size if the client requests none."),
        .size("chunk-size-min", \.limits.chunkSizeMin, "Smallest chunk size that a client may request."),
        .size("chunk-size-max", \.limits.chunkSizeMax, "Largest chunk size that a client may request."),
        .number("chunks-max", \.limits.chunksMax, "Most chunks of one upload."),
        .size("upload-bytes-max", \.limits.uploadBytesMax, "Largest upload."),
        .number(
            "active-uploads-max", \.limits.activeUploadsMax,
            "Most pending uploads of one caller in one capsule, without parts, and not through an upload link."),
        .number(
            "active-uploads-per-caller-max", \.limits.activeUploadsPerCallerMax,
            "Most pending uploads of one caller in all capsules, parts included."),
        .size(
            "pending-bytes-max", \.limits.pendingBytesMax,
            "Most bytes of one caller's pending uploads in all capsules; at least `upload-bytes-max`."),
        .size(
            "quota-bytes", \.limits.quotaBytes,
            "Most bytes stored and reserved in all capsules of one owner; 0 for no quota."),
        .quotas(
            "quota-overrides", \.limits.quotaOverrides,
            "Quotas of single owners instead of `quota-bytes`: `anna=50GiB,ben=0`; 0 for no quota."),
        .number(
            "pending-derivations-max", \.limits.pendingDerivationsMax,
            "Most photos of one caller that wait to be derived; further uploads with `derive` are refused."),
        .number(
            "writers-per-caller-max", \.limits.writersPerCallerMax,
            "Most request bodies received at once from one caller."),
        .number("parts-max", \.limits.partsMax, "Most parts of one concatenation, those of its parts included."),
        .number(
            "part-repeats-max", \.limits.partRepeatsMax, from: 1,
            "How often one concatenation may contain the same part."),
        .number(
            "hashings-per-caller-max", \.limits.hashingsPerCallerMax, from: 1,
            "Reads of more than 8 MiB for the digests of one caller's uploads at once; further ones wait."),
        .duration(
            "time-to-live", \.limits.timeToLiveMilliseconds, "Time after its last use at which an upload expires."),
        .duration(
            "evict-idle-after", \.limits.evictIdleAfterMilliseconds,
            "Time after their last use from which pending uploads of a caller give way to its new ones, the oldest first, "
                + "once it has as many or as large ones as its limits permit; 0 for never."),
        .duration(
            "expiry-grace", \.limits.expiryGraceMilliseconds,
            "Time after a start during which nothing expires, so that clients can return."),
        .duration(
            "ended-retention", \.limits.endedRetentionMilliseconds,
            "Time after which an ended upload is removed: requests then fail with `not_found` instead of `gone`; 0 for never."
        ),
        .size(
            "catalogue-bytes-max", \.limits.catalogueBytesMax,
            "Largest upload of known length that is stored in the catalogue instead of a file."),
        .size(
            "checkpoint-bytes", \.limits.checkpointBytes,
            "Bytes of a body after which it is made durable; a crash loses no more."),
        .duration(
            "checkpoint-interval", \.limits.checkpointIntervalMilliseconds,
            "Time of receiving after which a body is made durable, too; a crash loses no more."),
        .size(
            "free-bytes-min", \.limits.freeBytesMin,
            "Free disk space below which new bytes are refused, while reads and deletions work; 0 for none."
        ).applying(to: .directory),
        .number(
            "idle-uploads-max", \.limits.idleUploadsMax,
            "Most idle uploads kept in memory: about 1 kB each, plus 1 bit per chunk."),
        .number(
            "catalogue-calls-max", \.limits.catalogueCallsMax,
            "Most calls that wait for the catalogue; further ones are refused."),
        .size(
            "catalogue-call-bytes-max", \.limits.catalogueCallBytesMax,
            "Total bytes of small uploads in calls that wait for the catalogue."),
        .size("name-bytes-max", \.limits.nameBytesMax, "Longest name of an upload."),
        .size("content-type-bytes-max", \.limits.contentTypeBytesMax, "Longest content type."),
        .size(
            "opaque-metadata-bytes-max", \.limits.opaqueMetadataBytesMax,
            "Most bytes of client-defined metadata of an upload."),
        .size("idempotency-key-bytes-max", \.limits.idempotencyKeyBytesMax, "Longest idempotency key."),
        .size(
            "provisional-memory-id-bytes-max", \.limits.provisionalMemoryIdBytesMax,
            "Longest provisional memory id."),
        .size("principal-bytes-max", \.limits.principalBytesMax, "Longest name of a principal."),
        .size("title-bytes-max", \.limits.titleBytesMax, "Longest title."),
        .number("capsules-max", \.limits.capsulesMax, "Most capsules of one owner, besides the default one."),
        .number("members-max", \.limits.membersMax, "Most writers and readers of one capsule."),
        .number(
            "members-per-owner-max", \.limits.membersPerOwnerMax,
            "Most writers, readers and upload links of all capsules of one owner."),
        .number("links-max", \.limits.linksMax, "Most upload links of one capsule, expired ones included; 0 for none."),
        .duration(
            "link-lifetime-max", \.limits.linkLifetimeMaxMilliseconds,
            "Longest time from the creation of an upload link to its expiry."),
        .number("link-types-max", \.limits.linkTypesMax, "Most media types that one upload link may name."),
        .size("memory-text-bytes-max", \.limits.memoryTextBytesMax, "Longest text of a memory."),
        .number("tags-max", \.limits.tagsMax, "Most tags of one memory."),
        .size("thumb-hash-bytes-max", \.limits.thumbHashBytesMax, "Longest ThumbHash of a memory."),
        .number("assets-max", \.limits.assetsMax, "Most assets of one memory."),
        .size("inline-asset-bytes-max", \.limits.inlineAssetBytesMax, "Largest inline asset."),
        .size("inline-budget-bytes", \.limits.inlineBudgetBytes, "Total bytes of the inline assets of one capsule."),
        .number("page-max", \.limits.pageMax, "Most entries in one page of a list."),
        .number("batch-max", \.limits.batchMax, from: 1, "Most files, uploads or digests in one request."),
        .number("download-entries-max", \.limits.downloadEntriesMax, from: 1, "Most files of one archive."),
        .number(
            "download-tickets-max", \.limits.downloadTicketsMax, from: 1,
            "Most prepared downloads at a time, of all callers and nodes; one caller has at most an eighth of them."),
        .onOff(
            "deduplication", \.limits.deduplication,
            "Whether callers may find their files by digest, and store them under another name without sending them."),
    ]
}

extension Setting {
    /// Every field of `HTTPLimits`.
    static let transportLimits: [Setting] = [
        .number(
            "connections-max", \.http.connectionsMax, from: 1,
            "Most open connections; further ones wait. Lowered at the start if the limit of open files requires it."),
        .number(
            "connections-per-address-max", \.http.connectionsPerAddressMax,
            "Most open connections of one client address (64 bits of IPv6), except this machine and trusted proxies; "
                + "further ones are closed. 0 for no limit."),
        .size("header-field-bytes-max", \.http.headerFieldBytesMax, from: 256, "Largest header field."),
        .size("header-bytes-max", \.http.headerBytesMax, from: 256, "Total bytes of the header fields of a request."),
        .number("header-fields-max", \.http.headerFieldsMax, from: 1, "Most header fields of a request."),
        .size("document-bytes-max", \.http.documentBytesMax, from: 256, "Largest JSON document in a request."),
        .size(
            "memory-document-bytes-max", \.http.memoryDocumentBytesMax, from: 256,
            "Largest JSON document in a request that may contain inline assets in Base64, or many entries."),
        .number(
            "ranges-max", \.http.rangesMax, from: 1,
            "Most ranges of one download; a request for more gets the whole file."),
        .size(
            "receive-buffer-bytes-max", \.http.receiveBufferBytesMax, from: 4096,
            "Most bytes of one read from a socket."),
        .size(
            "received-bytes-max", \.http.receivedBytesMax, from: 4096,
            "Received bytes, across all connections, that wait for the store; beyond it buffers are small."),
        .number(
            "http2-streams-max", \.http.http2StreamsMax, from: 1, "Most requests at once of one connection of HTTP/2."),
        .size(
            "http2-window-bytes", \.http.http2WindowBytes, from: 1 << 10,
            "Bytes of a body over HTTP/2 that a client may send before the server has read them."),
        .duration(
            "header-timeout", \.http.headerTimeoutMilliseconds, from: 1,
            "Time for a request's header to arrive."),
        .duration(
            "keep-alive-timeout", \.http.keepAliveTimeoutMilliseconds, from: 1,
            "Time that a connection may be idle between requests."),
        .duration(
            "body-idle-timeout", \.http.bodyIdleTimeoutMilliseconds, from: 1,
            "Time without any byte of a body. Counts only while the server waits for the client."),
        .number(
            "body-bytes-per-second-min", \.http.bodyBytesPerSecondMin,
            "Lowest rate of a body; a slower one is ended, and what arrived of it is kept."),
        .duration(
            "body-rate-window", \.http.bodyRateWindowMilliseconds, from: 1,
            "Period over which the rate of a body is measured."),
        .duration(
            "response-idle-timeout", \.http.responseIdleTimeoutMilliseconds, from: 1,
            "Time in which a client may accept no byte of a response."),
        .number(
            "response-bytes-per-second-min", \.http.responseBytesPerSecondMin,
            "Lowest rate at which a client takes a response; a slower one is cut off. 0 for no limit."),
        .duration(
            "response-rate-window", \.http.responseRateWindowMilliseconds, from: 1,
            "Period over which the rate of a response is measured."),
        .duration(
            "linger", \.http.lingerMilliseconds,
            "Time for which a body is still read after an early response."),
        .size(
            "drain-bytes-max", \.http.drainBytesMax,
            "Largest rest of a body that is read and dropped after an early response, so that its connection stays open."
        ),
        .duration(
            "shutdown-body", \.http.shutdownBodyMilliseconds,
            "Time for which a body is still received after SIGTERM; then the response is 503 and received bytes are kept."
        ),
    ]
}
