extension Format {
    /// The mark of the bucket, and sums that transactions change beside each other. The mark comes first: the other one locks
    /// more tables.
    static let schema4: [String] = objectsMark + usageShards

    /// Null until a node has marked its bucket. Engines of an older release do not read it.
    static let objectsMark: [String] = [
        "ALTER TABLE wharf_store ADD COLUMN objects_mark bytea CHECK (octet_length(objects_mark) = 16)"
    ]
}
