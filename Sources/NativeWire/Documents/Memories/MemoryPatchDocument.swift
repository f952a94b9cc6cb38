/// The body of `PATCH /v1/memories/{memory}`: a JSON merge patch (RFC 7396) of the metadata of a memory. Absent fields
/// are unchanged, `null` clears a field, and tags are replaced as a whole.
public struct MemoryPatchDocument: Codable, Hashable, Sendable {
    public var title: MergeChange<String>
    public var description: MergeChange<String>
    public var tags: MergeChange<[String]>
    public var type: MergeChange<String>
    public var takenAt: MergeChange<WireTime>

    private enum CodingKeys: String, CodingKey {
        case title, description, tags, type, takenAt
    }

    public init(
        title: MergeChange<String> = .unchanged, description: MergeChange<String> = .unchanged,
        tags: MergeChange<[String]> = .unchanged, type: MergeChange<String> = .unchanged,
        takenAt: MergeChange<WireTime> = .unchanged
    ) {
        self.title = title
        self.description = description
        self.tags = tags
        self.type = type
        self.takenAt = takenAt
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        title = try container.change(String.self, .title)
        description = try container.change(String.self, .description)
        tags = try container.change([String].self, .tags)
        type = try container.change(String.self, .type)
        takenAt = try container.change(WireTime.self, .takenAt)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(title, .title)
        try container.encode(description, .description)
        try container.encode(tags, .tags)
        try container.encode(type, .type)
        try container.encode(takenAt, .takenAt)
    }
}
