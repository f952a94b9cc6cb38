import UploadModel

extension Schema {
    package static let all =
        [
            capsule, newCapsule, member, capsuleList, newUpload, upload, finish, finished, sessionList, sessionStats,
            cleanup, uploadConfig, usage, usageList, problem,
        ] + blobs + links + memories + derivations

    static let capsule = Schema(
        "Capsule", "Where uploads belong: one owner, and others who may write or read.",
        [
            .must("id", .text), .must("title", .text), .must("owner", .text),
            .must("writers", .list(of: .text), "Names of principals, ascending."),
            .must("readers", .list(of: .text)), .must("created_at", .time),
            .may("derive", .choice(SchemaType.recipes), "The recipe of uploads without one of their own."),
            .may("role", .choice(["owner", "writer", "reader"]), "The caller's own."),
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
            .may("companions", .list(of: .document("Companion")), "Only with “photo”: further assets of the memory."),
            .may("modified_at", .time, "The file's own time of its last change."),
        ])

    static let upload = Schema(
        "Upload", "An upload, in whatever state it is.",
        [
            .must("id", .text),
            .must(
                "state", .choice(["pending", "finishing", "committed", "aborted", "expired"]),
                "“finishing”: all bytes are durable and it is not committed yet."),
            .must("capsule", .text), .must("owner", .text), .must("name", .text), .must("type", .text),
            .may("layout", .choice(["chunks", "append"]), "“append”: bytes are added at the end, over tus."),
            .may("length", .number), .may("offset", .number, "Of an append, the bytes so far."),
            .may("chunk_size", .number, "Missing for an append."),
            .may("chunk_count", .number, "Known once the length is."), .must("received_bytes", .number),
            .must("received", .ranges, "Durable chunks, ascending; of an append, bytes."),
            .must("missing", .ranges, "Chunks to be sent; of an append, bytes; of an unknown length, the gaps so far."),
            .must("created_at", .time), .may("modified_at", .time, "The file's own time."),
            .may("expires_at", .time, "When a pending upload expires if nobody uses it."),
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
            .may("modified_at", .time, "The file's own time."),
        ])

    static let sessionList = Schema(
        "SessionList", "One page of uploads.",
        [.must("sessions", .list(of: .document("Upload"))), .may("next", .text, "The cursor of the next page.")])

    static let sessionStats = Schema(
        "SessionStats", "Uploads by state.",
        ["pending", "committed", "aborted", "expired", "total", "blobs"].map { .must($0, .number) })

    static let cleanup = Schema(
        "Cleanup", "What expired.", [.must("expired", .list(of: .text), "Ids of uploads.")])

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
            .must("batch_max", .number, "Entries of a request about several files or uploads."),
            .must("deduplication", .flag, "Whether blobs are found by digest, and copied."),
            .may("public_origin", .text, "The address under which clients reach the server, if its operator set it."),
            .may("usage", .document("Usage"), "What the caller uses, if it is authenticated."),
        ])

    static let usage = Schema(
        "Usage", "What a principal uses. Sizes in bytes.",
        [
            .must("principal", .text),
            .may("quota_bytes", .number, "Of stored and reserved bytes; missing without a quota."),
            .must("stored_bytes", .number, "Of committed uploads and inline assets in its capsules."),
            .must("reserved_bytes", .number, "Of pending uploads in its capsules."),
            .must("capsules", .number, "That it owns."), .must("members", .number, "Of these capsules."),
            .must("pending_uploads", .number, "That it began, in all capsules."),
            .must("pending_bytes", .number, "Of these."),
        ])

    static let usageList = Schema(
        "UsageList", "One page of what principals use.",
        [.must("usage", .list(of: .document("Usage"))), .may("next", .text, "The cursor of the next page.")])

    static let problem = Schema(
        "Problem", "An error (RFC 9457). Match on the code; the values that matter come with some codes only.",
        [
            .must("type", .text, "urn:wharf:error: and the code."), .must("title", .text), .must("status", .number),
            .must("detail", .text), .must("code", .text), .may("argument", .text), .may("index", .number),
            .may("missing", .ranges), .may("missing_bytes", .number), .may("offset", .number), .may("given", .number),
            .may("limit", .text), .may("maximum", .number), .may("quota", .number), .may("used", .number),
            .may("requested", .number), .may("accepted", .text, "Media types."), .may("expected", .numberOrText),
            .may("actual", .numberOrText), .may("found", .number), .may("supported", .number),
            .may("store", .text, "What takes no new uploads: directory, database or bucket."),
            .may("incident", .text, "The id under which the log has an internal error."),
        ])
}

extension Schema {
    static let memories = [
        memory, asset, memoryList, newMemory, newAsset, newInlineAsset, memoryPatch,
    ]

    static let memory = Schema(
        "Memory", "One item in a capsule, with its assets. It exists with all of them or not at all.",
        [
            .must("id", .text), .must("capsule", .text), .must("creator", .text), .must("title", .text),
            .must("description", .text), .must("tags", .list(of: .text)),
            .must("type", .text, "What kind of memory it is, as its creator says."),
            .may("taken_at", .text, "RFC 3339 in UTC; local time without an offset where there is no taken_at_zone."),
            .may("taken_at_zone", .text, "The offset of the camera's clock from UTC, such as +02:00, if it is known."),
            .must("created_at", .time),
            .must(
                "state", .choice(["complete", "original_only"]),
                "“original_only”: nothing could be made of its original."),
            .may(
                "derivation", .choice(MemoryDocument.Extent.allCases.map(\.rawValue)),
                "What the renditions show instead of all of the original."),
            .may("reason", .text, "Why it has its original alone, or how its renditions differ from it."),
            .may("thumbhash", .base64, "A picture of about 25 bytes, to be drawn before anything is loaded."),
            .must("assets", .list(of: .document("Asset")), "In the order in which they were added."),
        ])

    static let asset = Schema(
        "Asset", "One rendition of a memory: a blob, or bytes that the memory has itself.",
        [
            .must("id", .text), .must("kind", .text, "original, display, thumb, placeholder, or another."),
            .must("type", .text, "The media type."), .must("size", .number, "Bytes."),
            .may("width", .number, "Pixels."), .may("height", .number, "Pixels."), .must("sha256", .digest),
            .may("blob", .text), .may("inline", .flag, "True where it is no blob."),
            .may("data", .base64, "The bytes of an inline asset, with include=inline."),
        ])

    static let memoryList = Schema(
        "MemoryList", "One page of memories; it may have fewer than were asked for.",
        [.must("memories", .list(of: .document("Memory"))), .may("next", .text, "The cursor of the next page.")])

    static let newMemory = Schema(
        "NewMemory", "A memory to be made. At least one asset is needed, of either sort.",
        [
            .may("title", .text), .may("description", .text), .may("tags", .list(of: .text)), .may("type", .text),
            .may("taken_at", .text, "RFC 3339, whose offset is kept; or local time without an offset."),
            .may("thumbhash", .base64),
            .may(
                "state", .choice(["complete", "original_only"]),
                "Of a client that makes renditions: whether it could make any."),
            .may(
                "derivation", .choice(MemoryDocument.Extent.allCases.map(\.rawValue)),
                "What its renditions show instead of all of the original."),
            .may("reason", .text, "Required with original_only and with derivation."),
            .may("assets", .list(of: .document("NewAsset")), "Committed blobs of the capsule."),
            .may("inline_assets", .list(of: .document("NewInlineAsset")), "Small ones that come along."),
        ])

    static let newAsset = Schema(
        "NewAsset", "A blob that becomes an asset. Its type and size are the blob's.",
        [
            .must("kind", .text), .must("blob", .text), .may("width", .number, "Pixels."),
            .may("height", .number, "Pixels."),
        ])

    static let newInlineAsset = Schema(
        "NewInlineAsset", "An asset that comes along with its bytes.",
        [
            .must("kind", .text), .must("type", .text, "The media type."), .must("data", .base64),
            .may("width", .number, "Pixels."), .may("height", .number, "Pixels."),
        ])

    static let memoryPatch = Schema(
        "MemoryPatch", "A JSON merge patch (RFC 7396): null clears, what is not there stays.",
        [
            .may("title", .orNull(.text)), .may("description", .orNull(.text)),
            .may("tags", .orNull(.list(of: .text)), "Replaced as a whole."), .may("type", .orNull(.text)),
            .may("taken_at", .orNull(.text), "As in a new memory."),
        ])
}

extension Schema {
    static let derivations = [derivation, listedDerivation, derivationList, capsulePatch, derive, companion]

    private static let parts: [Property] = [
        .must("recipe", .choice(SchemaType.recipes)),
        .must("state", .choice(DerivationDocument.State.allCases.map(\.rawValue))),
        .must("attempts", .number), .may("reason", .text, "Why the last attempt came to nothing."),
        .may("memory", .text, "Of a failed one, it has the original alone."), .may("next_attempt_at", .time),
    ]

    static let derivation = Schema("Derivation", "What is made, or was made, of an upload.", parts)

    static let listedDerivation = Schema(
        "ListedDerivation", "What is made, or was made, of one of a capsule's uploads.",
        [.must("upload", .text), .must("name", .text)] + parts)

    static let derivationList = Schema(
        "DerivationList", "One page of derivations.",
        [
            .must("derivations", .list(of: .document("ListedDerivation"))),
            .must("pending", .number, "The number of all pending derivations of the capsule."),
            .may("next", .text, "The cursor of the next page."),
        ])

    static let companion = Schema(
        "Companion",
        "A blob of the same capsule that becomes an asset of the memory. It is left out if it is deleted before.",
        [.must("kind", .choice(Companion.Kind.allCases.map(\.name))), .must("blob", .text)])

    static let capsulePatch = Schema(
        "CapsulePatch", "A JSON merge patch (RFC 7396): null clears, what is not there stays.",
        [.may("title", .orNull(.text)), .may("derive", .orNull(.choice(SchemaType.recipes)))])

    static let derive = Schema(
        "Derive", "What the server makes of uploads that ask for it.",
        [
            .must("recipes", .list(of: .text)),
            .must("is_on", .flag, "While it is not, what was asked for waits."),
        ])
}

extension SchemaType {
    static let recipes = Recipe.allCases.map(\.name)
    /// The values in requests.
    static let derivations = recipes + ["none"]
}

extension Schema {
    static let links = [link, newLink, linkList, ownLink]

    private static let linkLimits: [Property] = [
        .may("files_max", .number, "Uploads that are pending or stored."),
        .may("uses_max", .number, "Uploads that were ever begun, also those that were aborted or deleted."),
        .may("bytes_max", .number, "Bytes of the uploads that are pending or stored."),
        .may("file_bytes_max", .number, "Bytes of one upload."),
        .may("types", .list(of: .text), "Accepted media types, such as image/*; all of them where it is missing."),
    ]

    static let link = Schema(
        "Link", "A link through which others upload to a capsule, and what came in.",
        [
            .must("id", .text), .must("capsule", .text), .must("title", .text, "What its bearers read about it."),
            .must("token", .text, "The bearer token of those who upload through it."), .must("created_at", .time),
            .must("expires_at", .time, "No upload begins at this time or later."),
            .must("files", .number, "Uploads that are pending or stored."),
            .must("uses", .number, "Uploads that were ever begun."), .must("bytes", .number, "Of the files."),
        ] + linkLimits)

    static let newLink = Schema(
        "NewLink", "A link to be created. A limit that is missing does not apply.",
        [.may("title", .text), .must("expires_at", .time)] + linkLimits)

    static let linkList = Schema(
        "LinkList", "All links of a capsule, oldest first.", [.must("links", .list(of: .document("Link")))])

    static let ownLink = Schema(
        "OwnLink", "What the bearer of a link may still upload. What is missing is not limited.",
        [
            .must("title", .text), .must("expires_at", .time), .may("files_left", .number), .may("uses_left", .number),
            .may("bytes_left", .number), .may("file_bytes_max", .number, "Bytes of one upload."),
            .may("types", .list(of: .text), "Accepted media types."),
        ])
}
