extension Schema {
    static let memories = [
        memory, asset, memoryList, newMemory, newAsset, newInlineAsset, memoryPatch,
    ]

    static let memory = Schema(
        "Memory", "One item in a capsule, with its assets. It exists with all of them or not at all.",
        [
            .must("id", .text), .must("capsule", .text), .must("creator", .text), .must("title", .text),
            .must("description", .text), .must("tags", .list(of: .text)),
            .must("type", .text, "What kind of memory it is, as its creator says."), .may("taken_at", .time),
            .must("created_at", .time),
            .must(
                "state", .choice(["complete", "original_only"]),
                "“original_only”: nothing could be made of its original."),
            .may("reason", .text, "Why it has its original alone."),
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
            .may("taken_at", .time), .may("thumbhash", .base64),
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
            .may("taken_at", .orNull(.time)),
        ])
}
