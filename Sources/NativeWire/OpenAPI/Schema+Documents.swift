extension Schema {
    package static let all =
        [
            capsule, newCapsule, member, capsuleList, newUpload, upload, finish, finished, sessionList, sessionStats,
            cleanup, blob, uploadConfig, problem,
        ] + memories + derivations

    static let capsule = Schema(
        "Capsule", "Where uploads belong: one owner, and others who may write or read.",
        [
            .must("id", .text), .must("title", .text), .must("owner", .text),
            .must("writers", .list(of: .text), "Names of principals, ascending."),
            .must("readers", .list(of: .text)), .must("created_at", .time),
            .may("derive", .choice(SchemaType.recipes), "What is made of uploads that do not say themselves."),
        ])

    static let newCapsule = Schema(
        "NewCapsule", "A capsule to be made.", [.may("title", .text), .may("derive", .choice(SchemaType.recipes))])

    static let member = Schema(
        "Member", "What somebody may do in a capsule.", [.must("role", .choice(["writer", "reader"]))])

    static let capsuleList = Schema(
        "CapsuleList", "One page of capsules.",
        [.must("capsules", .list(of: .document("Capsule"))), .may("next", .text, "The cursor of the next page.")])

    static let newUpload = Schema(
        "NewUpload", "An upload to be begun.",
        [
            .may("capsule", .text, "The caller's default capsule, where none is named."), .must("name", .text),
            .may("type", .text, "The media type; application/octet-stream where none is given."),
            .may("length", .number, "Bytes; unknown until the finish where it is missing."),
            .may("chunk_size", .number, "Bytes of every chunk but the last; the server's choice where it is missing."),
            .may("expected_chunks", .number, "Checked against length and chunk size."),
            .may("sha256", .digest, "What the whole must have."),
            .may("provisional_memory_id", .text, "The client's own name for the memory that the upload is for."),
            .may("derive", .choice(SchemaType.derivations), "The capsule's default where it is missing."),
        ])

    static let upload = Schema(
        "Upload", "An upload, in whatever state it is.",
        [
            .must("id", .text),
            .must(
                "state", .choice(["pending", "finishing", "committed", "aborted", "expired"]),
                "“finishing”: all bytes are durable and it is not committed yet."),
            .must("capsule", .text), .must("owner", .text), .must("name", .text), .must("type", .text),
            .may("length", .number), .may("chunk_size", .number, "Missing for an upload that is appended to."),
            .may("chunk_count", .number, "Known once the length is."), .must("received_bytes", .number),
            .must("received", .ranges, "Durable chunks, ascending."),
            .must("missing", .ranges, "Chunks to be sent; of an upload of unknown length, the gaps so far."),
            .must("created_at", .time), .may("expires_at", .time, "When a pending upload expires if nobody uses it."),
            .may("blob", .text, "What it became."), .may("sha256", .digest, "Of the blob."),
            .may("derivation", .document("Derivation"), "Missing where nothing is to be made of it."),
        ])

    static let finish = Schema(
        "Finish", "What the whole must be.", [.may("sha256", .digest), .may("length", .number, "Bytes.")])

    static let finished = Schema(
        "Finished", "What an upload became.",
        [
            .must("upload", .text), .must("blob", .text), .must("size", .number, "Bytes."),
            .may("sha256", .digest, "Missing for a concatenation whose parts were verified and not the whole."),
            .must("name", .text), .must("type", .text), .must("created_at", .time),
        ])

    static let sessionList = Schema(
        "SessionList", "One page of uploads.",
        [.must("sessions", .list(of: .document("Upload"))), .may("next", .text, "The cursor of the next page.")])

    static let sessionStats = Schema(
        "SessionStats", "Uploads by state.",
        ["pending", "committed", "aborted", "expired", "total", "blobs"].map { .must($0, .number) })

    static let cleanup = Schema(
        "Cleanup", "What expired.", [.must("expired", .list(of: .text), "Ids of uploads.")])

    static let blob = Schema(
        "Blob", "What a blob is.",
        [
            .must("blob", .text), .must("capsule", .text), .must("size", .number, "Bytes."),
            .may("sha256", .digest, "Missing for a concatenation whose parts were verified and not the whole."),
            .must("name", .text), .must("type", .text), .may("chunk_size", .number), .may("chunk_count", .number),
            .must("created_at", .time),
        ])

    static let uploadConfig = Schema(
        "UploadConfig", "Limits and settings. Sizes in bytes, times in milliseconds.",
        [
            .must("version", .text, "The server's release."), .must("protocols", .list(of: .text)),
            .must("digest_algorithms", .list(of: .text), "What Content-Digest may use."),
            .must("chunk_size_default", .number), .must("chunk_size_min", .number), .must("chunk_size_max", .number),
            .must("small_upload_bytes_max", .number, "A whole upload of at most this many bytes is one transaction."),
            .must("time_to_live_milliseconds", .number, "How long an upload lives after it was last used."),
            .must("page_max", .number), .must("ranges_max", .number),
            .must("limits", .numbersByName, "The maximum of everything that a problem can name as its limit."),
            .must("derive", .document("Derive")),
        ])

    static let problem = Schema(
        "Problem", "An error (RFC 9457). Match on the code; the values that matter come with some codes only.",
        [
            .must("type", .text, "urn:wharf:error: and the code."), .must("title", .text), .must("status", .number),
            .must("detail", .text), .must("code", .text), .may("argument", .text), .may("index", .number),
            .may("missing", .ranges), .may("missing_bytes", .number), .may("offset", .number), .may("given", .number),
            .may("limit", .text), .may("maximum", .number), .may("expected", .numberOrText),
            .may("actual", .numberOrText), .may("found", .number), .may("supported", .number),
            .may("incident", .text, "The id under which the log has an internal error."),
        ])
}
