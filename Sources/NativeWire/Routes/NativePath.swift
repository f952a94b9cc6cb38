import HTTPWire

/// Paths for clients. Each argument is encoded as one segment or one value, whatever its characters.
public enum NativePath {
    /// Stands for the caller's default capsule in a path.
    public static let defaultCapsule = "default"

    public static let capsules = fill(.createCapsule)
    public static let uploads = fill(.beginUpload)
    public static let blobs = fill(.putBlob)
    public static let sessionStats = fill(.getSessionStats)
    public static let cleanUpExpired = fill(.cleanUpExpired)
    public static let uploadConfig = fill(.getUploadConfig)

    public static func capsules(cursor: String? = nil, limit: Int? = nil) -> String {
        fill(.listCapsules) + query([("cursor", cursor), ("limit", limit.map(String.init))])
    }

    public static func capsule(_ capsule: String) -> String { fill(.getCapsule, capsule) }

    public static func derivations(
        in capsule: String, state: DerivationDocument.State? = nil, cursor: String? = nil, limit: Int? = nil
    ) -> String {
        fill(.listDerivations, capsule)
            + query([("state", state?.rawValue), ("cursor", cursor), ("limit", limit.map(String.init))])
    }

    public static func member(_ principal: String, of capsule: String) -> String {
        fill(.setMember, capsule, principal)
    }

    public static let link = fill(.getLink)
    public static func links(to capsule: String) -> String { fill(.listLinks, capsule) }
    public static func link(_ link: String, to capsule: String) -> String { fill(.removeLink, capsule, link) }

    public static func uploads(
        capsule: String? = nil, ofAll isOfAll: Bool = false, state: UploadDocument.State? = nil,
        cursor: String? = nil, limit: Int? = nil
    ) -> String {
        fill(.listUploads)
            + query([
                ("capsule", capsule), ("of", isOfAll ? "all" : nil), ("state", state?.rawValue), ("cursor", cursor),
                ("limit", limit.map(String.init)),
            ])
    }

    public static func upload(_ upload: String) -> String { fill(.getUpload, upload) }
    public static func chunk(_ index: UInt64, ofUpload upload: String) -> String {
        fill(.putChunk, upload, String(index))
    }
    public static func finish(_ upload: String) -> String { fill(.finishUpload, upload) }

    /// The path for a whole upload in one request.
    public static func blobs(
        name: String, type: String? = nil, capsule: String? = nil, modifiedAt: WireTime? = nil, derive: String? = nil,
        companions: [CompanionDocument] = []
    ) -> String {
        fill(.putBlob)
            + query([
                ("name", name), ("type", type), ("capsule", capsule), ("modified_at", modifiedAt?.timestamp.rfc3339),
                ("derive", derive), ("companions", companions.queryText),
            ])
    }

    public static func blobs(
        in capsule: String? = nil, nameContains: String? = nil, namePrefix: String? = nil, isNewestFirst: Bool = true,
        cursor: String? = nil, limit: Int? = nil
    ) -> String {
        fill(.listBlobs)
            + query([
                ("capsule", capsule), ("name", nameContains), ("prefix", namePrefix),
                ("order", isNewestFirst ? nil : "oldest"), ("cursor", cursor), ("limit", limit.map(String.init)),
            ])
    }

    /// The path for several whole uploads in one request.
    public static func batch(capsule: String? = nil, derive: String? = nil) -> String {
        fill(.putBlobs) + query([("capsule", capsule), ("derive", derive)])
    }

    public static let batchFinish = fill(.finishUploads)
    public static let blobLookup = fill(.findBlobs)
    public static func copies(ofBlob blob: String) -> String { fill(.copyBlob, blob) }

    public static func blob(_ blob: String) -> String { fill(.getBlob, blob) }
    public static func blobMeta(_ blob: String) -> String { fill(.getBlobMeta, blob) }
    public static func chunk(_ index: UInt64, ofBlob blob: String) -> String {
        fill(.getBlobChunk, blob, String(index))
    }

    public static let downloads = fill(.createDownload)
    public static func download(_ ticket: String) -> String { fill(.getDownload, ticket) }

    public static func memories(
        in capsule: String, order: MemoryQuery.Order? = nil, includesInline: Bool = false, cursor: String? = nil,
        limit: Int? = nil
    ) -> String {
        fill(.listMemories, capsule)
            + query([
                ("order", order?.rawValue), include(includesInline), ("cursor", cursor),
                ("limit", limit.map(String.init)),
            ])
    }

    public static func memory(_ memory: String, includesInline: Bool = false) -> String {
        fill(.getMemory, memory) + query([include(includesInline)])
    }

    /// - Parameter withBlobs: Whether to delete its blobs as well, unless they are used elsewhere.
    public static func deletion(ofMemory memory: String, withBlobs: Bool) -> String {
        fill(.deleteMemory, memory) + query([("assets", withBlobs ? "delete" : nil)])
    }

    public static func assets(of memory: String) -> String { fill(.addAsset, memory) }

    /// - Parameter asset: Its id or its kind.
    public static func asset(_ asset: String, of memory: String) -> String { fill(.getAsset, memory, asset) }

    /// - Parameter freeingBlob: Whether to delete its blob as well, unless it is used elsewhere.
    public static func removal(ofAsset asset: String, of memory: String, freeingBlob: Bool) -> String {
        fill(.removeAsset, memory, asset) + query([("blob", freeingBlob ? "delete" : nil)])
    }

    public static func sessions(
        state: UploadDocument.State? = nil, cursor: String? = nil, limit: Int? = nil
    ) -> String {
        fill(.listSessions)
            + query([("state", state?.rawValue), ("cursor", cursor), ("limit", limit.map(String.init))])
    }

    public static func usage(cursor: String? = nil, limit: Int? = nil) -> String {
        fill(.listUsage) + query([("cursor", cursor), ("limit", limit.map(String.init))])
    }

    // MARK: - Filling in

    private static func include(_ includesInline: Bool) -> (name: String, value: String?) {
        ("include", includesInline ? "inline" : nil)
    }

    private static func fill(_ operation: NativeOperation, _ values: String...) -> String {
        var values = values[...]
        var path = ""
        for segment in segments[operation] ?? [] {
            path += "/"
            path += segment.hasPrefix("{") ? encoded(values.popFirst() ?? "") : segment
        }
        return path
    }

    /// The segments of all templates. Splitting one for each response took longer than filling it in.
    private static let segments = Dictionary(
        uniqueKeysWithValues: NativeRoute.all.map { route in
            (route.operation, route.template.split(separator: "/").map(String.init))
        })

    /// Segments of dots alone would be resolved as steps in the path (RFC 3986, section 5.2.4).
    private static func encoded(_ segment: String) -> String {
        segment.utf8.allSatisfy { $0 == UInt8(ascii: ".") }
            ? segment.percentEncoded { _ in false } : segment.percentEncoded
    }

    private static func query(_ values: [(name: String, value: String?)]) -> String {
        let pairs = values.compactMap { name, value in value.map { "\(name)=\($0.percentEncoded)" } }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }
}

extension NativePath {
    /// Decodes a segment of a path (RFC 3986, section 2.1).
    ///
    /// - Returns: nil for a percent sign without two hexadecimal digits, and for invalid UTF-8.
    public static func decode(_ segment: some StringProtocol) -> String? { String.percentDecoded(segment) }
}
