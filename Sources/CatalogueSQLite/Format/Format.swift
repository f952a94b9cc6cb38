/// The format of the database file: how a file is known to be ours, and how older ones become current.
struct Format {
    /// “Whrf”, in the file's header.
    static let applicationId: Int64 = 0x5768_7266

    /// The n-th script makes version n out of version n − 1. A script that was shipped is never changed: a test holds
    /// their digests.
    let migrations: [String]

    var version: Int { migrations.count }

    static let current = Format(migrations: [schema1, schema2])
}
