extension Format {
    /// Sums that transactions change beside each other.
    static let schema4: [String] = usageShards
}
