import BlobStorageS3
import CataloguePostgres
import HTTPWire
import WharfCluster

/// The settings of a node of a cluster; see docs/cluster.md.
extension Setting {
    static let cluster: [Setting] = [
        Setting(
            name: "catalogue", kind: .text,
            summary:
                "The PostgreSQL database that the nodes of a cluster share, as a URI without a password, which belongs "
                + "in PGPASSWORD or the file of PGPASSFILE; empty for a store in the directory `data`.",
            read: { $0.cluster.catalogue },
            apply: { text, settings throws(InvalidSettingValue) in
                settings.cluster.catalogue = try databaseAddress(text)
            }
        ).applying(to: .anyServer),
        .number(
            "catalogue-connections", \.cluster.connectionsMax, from: 1, through: 1000,
            "Most connections of this node to the database; at most 1000."),
        .choice(
            "catalogue-standbys", \.cluster.standbys,
            "With standbys of which none is synchronous, a fail-over of the database could undo what was acknowledged: "
                + "`require` a synchronous one, or `warn`."),
        Setting(
            name: "objects", kind: .text,
            summary:
                "The bucket that the nodes of a cluster share: `s3://bucket/prefix?region=…`, or with `endpoint=URL&preset=` "
                + S3Preset.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ") + ".",
            read: { $0.cluster.objects?.text ?? "" },
            apply: { text, settings throws(InvalidSettingValue) in
                settings.cluster.objects = try objectsLocation(text)
            }
        ).applying(to: .anyServer),
        file(
            "objects-credentials", \.cluster.credentials,
            "A credentials file of AWS's tools, profile `default`, read again when it changes (`reload-interval`); empty for "
                + "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN in the environment."),
        file(
            "objects-authorities", \.cluster.authorities,
            "A PEM file of certificate authorities that may sign the certificate of the bucket's endpoint, besides those that "
                + "the system trusts."),
        .size(
            "objects-memory", \.cluster.memoryBytesMax, from: S3Settings.memoryBytesMin,
            "Memory for received bytes that are not in the bucket yet, of all uploads of this node; uploads wait for room."
        ),
        .duration(
            "objects-removal-delay", \.cluster.removalDelayMilliseconds,
            through: PostgresSettings.firstRemovalDelayMax.components.seconds * 1000,
            "How long the bytes of deleted, aborted and expired uploads stay in the bucket, so that a database that is restored "
                + "to a moment within this time finds them; at most 3650d."
        ),
        .text(
            "publish", \.cluster.publish,
            "Copies every committed blob to one object `PREFIX/capsule/upload/file name` below the prefix of `objects`, for "
                + "people who read the bucket with other tools; empty for not at all. Each blob is then stored twice.",
            expects: "a prefix: names of letters, digits and - . _ ~ between slashes, at most 128 bytes, not beginning "
                + "with segments, quarantine or probe"
        ) { text in
            text.isEmpty || PublicationPolicy(prefix: text) != nil ? text : nil
        } write: {
            $0
        },
        .number(
            "publish-at-once", \.cluster.publicationsAtOnce, from: 1, through: 128,
            "Blobs that this node publishes at the same time; at most 128."
        ).applying(to: .publication),
        .onOff(
            "redirect-downloads", \.cluster.redirectsDownloads,
            "Answers downloads of whole published blobs with 307 to the bucket, whose endpoint in `objects` the clients must "
                + "reach; browsers then save what they would show."
        ).applying(to: .publication),
        .duration(
            "redirect-lifetime", \.cluster.redirectMilliseconds, from: 1000,
            "How long the address of such a redirect is valid, for anybody who has it; at most 7d. A download that has "
                + "begun goes on."
        ).applying(to: .redirects),
    ]

    /// The value is not repeated in errors: it may hold the password that it is refused for.
    ///
    /// libpq takes what precedes the first “@” for the user and the password, whatever characters they have. So every “@”
    /// counts here; one in the query is written “%40”.
    private static func databaseAddress(_ text: String) throws(InvalidSettingValue) -> String {
        guard !text.isEmpty else { return text }
        guard let scheme = ["postgres://", "postgresql://"].first(where: text.hasPrefix) else {
            throw InvalidSettingValue("the catalogue is no URI such as postgres://wharf@db.example.org/wharf")
        }
        let address = text.dropFirst(scheme.count)
        let user = address.lastIndex(of: "@").map { address[..<$0] }
        let query = address.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        let names = query.split(separator: "&").map { String.percentDecoded($0.prefix { $0 != "=" })?.lowercased() }
        guard user?.contains(":") != true, !names.contains("password"), !names.contains("sslpassword") else {
            throw InvalidSettingValue("the password of the catalogue belongs in PGPASSWORD or the file of PGPASSFILE")
        }
        if let problem = ConnectionURI.problem(of: text) {
            throw InvalidSettingValue("the catalogue is no URI that libpq takes: \(problem)")
        }
        return text
    }

    private static func objectsLocation(
        _ text: String
    ) throws(InvalidSettingValue) -> ClusterSettings.ObjectsLocation? {
        guard !text.isEmpty else { return nil }
        do throws(S3Error) {
            return ClusterSettings.ObjectsLocation(text: text, location: try S3Location(parsing: text))
        } catch {
            throw InvalidSettingValue(error.description)
        }
    }
}
