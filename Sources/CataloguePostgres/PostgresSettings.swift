public import UploadCore

/// How a catalogue reaches its PostgreSQL server, and how long it waits.
public struct PostgresSettings: Sendable {
    /// libpq's connection string or URI. Names the user and the database; the schema is the first of its `search_path`.
    public var connection: String
    /// Connections of this process at most, each with a thread of its own. They are made when calls need them.
    public var connectionsMax = 8
    /// The longest wait for a connection, to each address of the server. libpq counts whole seconds, from 2 on.
    public var connectTimeout: Duration = .seconds(5)
    /// The longest wait for the answer to one statement, and for a lock.
    public var statementTimeout: Duration = .seconds(10)
    /// In the place of `statementTimeout` for the statements of `problems`, of which some read whole tables.
    public var checkTimeout: Duration = .seconds(4 * 3600)
    /// How often a transaction is begun again after a deadlock, a conflict, or a lost connection.
    public var repetitionsMax = 5
    /// What the server has to survive; see `requireDurability`.
    public var durability: Durability = .powerLoss
    /// What to do if a fail-over could undo acknowledged changes.
    public var standbys: StandbyPolicy = .requireSynchronous
    /// How long an announced segment may stay unrecorded, by the server's clock, before it is garbage: longer than the
    /// slowest client takes to send a chunk, whose first segments wait for its last byte.
    public var announcementLifetime: Duration = .seconds(86_400)
    /// How long the segments of a deleted, ended or damaged upload stay in the bucket, by the server's clock: a database that is
    /// restored to a moment within this time finds the bytes of its uploads. At most `firstRemovalDelayMax`.
    public var firstRemovalDelay: Duration = .zero
    /// Ten years, which the server's times can be moved by.
    public static let firstRemovalDelayMax: Duration = .seconds(3650 * 86_400)
    /// When the key of a removed segment is garbage again. A write that was under way during the removal may arrive later:
    /// each delay is a chance to remove what it left.
    public var removalDelays: [Duration] = [.seconds(3600), .seconds(86_400), .seconds(7 * 86_400)]
    /// How long a derivation or publication that one engine has started is left to it, by the server's clock; a publication from
    /// its last part on.
    public var derivationLifetime: Duration = .seconds(600)

    /// The most uploads that an engine claims at once in a scrub.
    package var scrubStretchUploads = 100

    /// Whether statements are prepared by name whatever the server says, as if a pooler were not recognised.
    package var assumesNoPooler = false

    public init(connection: String) {
        self.connection = connection
    }

    /// What to do if standbys exist and none of them is synchronous.
    public enum StandbyPolicy: Hashable, Sendable {
        /// Refuse to open the catalogue.
        case requireSynchronous
        /// Open it; `CataloguePostgres.warnings` says what may be lost.
        case warn
    }

    func validate() throws(UploadError) {
        func require(_ holds: Bool, _ name: String, _ problem: String) throws(UploadError) {
            guard holds else { throw UploadError(.invalidArgument(name, problem)) }
        }
        try require((1...1000).contains(connectionsMax), "connectionsMax", "must be from 1 to 1000")
        try require((0...100).contains(repetitionsMax), "repetitionsMax", "must be from 0 to 100")
        try require(connectTimeout >= .seconds(1), "connectTimeout", "must be at least 1 s")
        try require(statementTimeout >= .milliseconds(10), "statementTimeout", "must be at least 10 ms")
        try require(checkTimeout >= .milliseconds(10), "checkTimeout", "must be at least 10 ms")
        try require(announcementLifetime >= .zero, "announcementLifetime", "must not be negative")
        try require(derivationLifetime >= .zero, "derivationLifetime", "must not be negative")
        try require(
            (.zero...Self.firstRemovalDelayMax).contains(firstRemovalDelay), "firstRemovalDelay",
            "must be from 0 to 3650 days")
        try require(removalDelays.allSatisfy { $0 >= .zero }, "removalDelays", "must not be negative")
    }
}
