import BlobStorageS3
import DurableFiles
import Logging
import Testing
import UploadCore
import UploadTestKit
import WharfCluster

@testable import WharfCommand

@Suite struct ClusterSettingsTests {
    private static let bucket = "s3://photos/wharf?endpoint=http://127.0.0.1:9&preset=seaweedfs"

    private func settings(_ flags: [String: String]) throws -> ServerSettings {
        try EffectiveSettings(flags: flags).values
    }

    @Test func `by default there is no cluster`() throws {
        let settings = try settings([:])
        #expect(settings.cluster == ClusterSettings())
        try settings.requireWholeCluster()
    }

    @Test func `both addresses are read, and printed as they were given`() throws {
        let effective = try EffectiveSettings(
            flags: ["catalogue": "postgres://wharf@db:5433/photos?sslmode=require", "objects": Self.bucket],
            environment: ["WHARF_OBJECTS_MEMORY": "64MiB", "WHARF_CATALOGUE_CONNECTIONS": "3"])
        try effective.values.requireWholeCluster()
        let cluster = effective.values.cluster
        #expect(cluster.objects?.location.bucket == "photos" && cluster.objects?.location.endpoint.port == 9)
        #expect(cluster.memoryBytesMax == 64 << 20 && cluster.connectionsMax == 3 && cluster.standbys == .require)
        let rows = Dictionary(uniqueKeysWithValues: effective.rows.map { ($0.name, $0.value) })
        #expect(rows["catalogue"] == "postgres://wharf@db:5433/photos?sslmode=require")
        #expect(rows["objects"] == Self.bucket)
    }

    private static let addresses = ["catalogue": "postgres://db/wharf", "objects": bucket]

    @Test func `what is published, and where downloads go, is read`() throws {
        let settings = try settings(
            Self.addresses.merging([
                "publish": "for/people/", "publish-at-once": "3", "redirect-downloads": "on", "redirect-lifetime": "7d",
                "objects-removal-delay": "14d",
            ]) { one, _ in one })
        try settings.requireWholeCluster()
        #expect(settings.cluster.publication?.atOnce == 3)
        #expect("\(settings.cluster.postgres(.powerLoss))".contains("firstRemovalDelay: 1209600.0 seconds"))
        #expect(settings.cluster.redirectsDownloads && settings.cluster.redirectSeconds == 604_800)
        #expect(try self.settings(Self.addresses).cluster.publication == nil)
    }

    @Test func `removals are delayed by ten years at most`() throws {
        let longest = try settings(["objects-removal-delay": "3650d"]).cluster.removalDelayMilliseconds
        #expect(longest == 3650 * 86_400_000)
        let error = #expect(throws: SettingsError.self) { try settings(["objects-removal-delay": "315360000001ms"]) }
        #expect(error?.description.contains("is too long; the most is 3650d") == true)
    }

    @Test(arguments: [
        (["publish": "a"], "needs catalogue and objects"),
        (addresses.merging(["redirect-downloads": "on"]) { one, _ in one }, "needs publish"),
        (addresses.merging(["redirect-lifetime": "8d"]) { one, _ in one }, "7d"),
    ]) func `what only a cluster, or only published blobs permit, is refused elsewhere`(
        _ flags: [String: String], _ reason: String
    ) throws {
        let settings = try settings(flags)
        let error = #expect(throws: SettingsError.self) { try settings.requireWholeCluster() }
        #expect(error?.description.contains(reason) == true)
    }

    @Test(arguments: ["segments", "a/../b", "quarantine/a", "ä"])
    func `a prefix that is no path of its own is refused with what it may be`(_ prefix: String) {
        let error = #expect(throws: SettingsError.self) { try settings(["publish": prefix]) }
        #expect(error?.description.contains("between slashes") == true)
    }

    @Test(arguments: ["catalogue", "objects"]) func `one half is refused`(_ name: String) throws {
        let settings = try settings([name: name == "objects" ? Self.bucket : "postgres://db/wharf"])
        #expect(throws: SettingsError.self) { try settings.requireWholeCluster() }
    }

    @Test(
        arguments: [
            "postgres://wharf:secret@db/wharf", "postgresql://:secret@db/wharf", "postgres://a@b:secret@db/wharf",
            "postgres://wharf@db/wharf?password=secret", "postgres://db/wharf?sslmode=disable&PassWord=secret",
            "postgres://wharf:secret?x@db/wharf", "postgres://wharf:secret/x@db/wharf",
            "postgres://db/wharf?p%61ssword=secret", "postgres://db/wharf?sslpassword=secret",
        ])
    func `a password in the address is refused, and not repeated`(_ address: String) {
        let error = #expect(throws: SettingsError.self) { try settings(["catalogue": address]) }
        #expect(error?.description.contains("PGPASSWORD") == true)
        #expect(error?.description.contains("secret") == false)
    }

    @Test(arguments: ["db.example.org/wharf", "host=db password=secret", "mysql://db/wharf"])
    func `an address that is no URI of PostgreSQL is refused, and not repeated`(_ address: String) {
        let error = #expect(throws: SettingsError.self) { try settings(["catalogue": address]) }
        #expect(error?.description.contains("postgres://") == true)
        #expect(error?.description.contains("secret") == false)
    }

    @Test func `a location that is not valid is refused with what is wrong`() {
        let error = #expect(throws: SettingsError.self) {
            try settings(["objects": "s3://photos?endpoint=http://localhost"])
        }
        #expect(error?.description.contains("preset") == true)
        #expect(throws: SettingsError.self) { try settings(["objects-memory": "1MiB"]) }
        #expect(throws: SettingsError.self) { try settings(["catalogue-standbys": "maybe"]) }
    }

    private func failure(_ change: (inout ServerSettings) -> Void) async throws -> ServeError? {
        var settings = try settings(["catalogue": "postgres://wharf@127.0.0.1:9/wharf", "objects": Self.bucket])
        settings.listen = ListenAddress(host: "127.0.0.1", port: 0)
        change(&settings)
        let process = ServerProcess(
            settings: settings, path: nil, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return await #expect(throws: ServeError.self) { try await process.run() }
    }

    @Test func `a database that cannot be reached is a temporary failure, told with its address`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/credentials"
        try TestFiles.write(Array("[default]\naws_access_key_id = a\naws_secret_access_key = b\n".utf8), to: path)
        let failure = try await failure { $0.cluster.credentials = path }
        #expect(failure?.status == .temporary)
        #expect(failure?.description.contains("postgres://wharf@127.0.0.1:9/wharf") == true)
    }

    @Test func `credentials that are missing are named before anything is opened`() async throws {
        let directory = try TemporaryDirectory()
        let missing = try await failure { $0.cluster.credentials = directory.path + "/none" }
        #expect(missing?.status == .usage && missing?.description.hasPrefix("objects-credentials: ") == true)
        let path = directory.path + "/credentials"
        try TestFiles.write(Array("[default]\naws_access_key_id = a\n".utf8), to: path)
        let partial = try await failure { $0.cluster.credentials = path }
        #expect(partial?.description.contains("aws_secret_access_key") == true)
    }

    @Test func `authorities that are missing, or no certificates, are named before anything is opened`() async throws {
        let directory = try TemporaryDirectory()
        let (credentials, path) = (directory.path + "/credentials", directory.path + "/authorities")
        try TestFiles.write(
            Array("[default]\naws_access_key_id = a\naws_secret_access_key = b\n".utf8), to: credentials)
        func refusal() async throws -> ServeError? {
            try await failure { settings in
                (settings.cluster.credentials, settings.cluster.authorities) = (credentials, path)
            }
        }
        let missing = try await refusal()
        #expect(missing?.status == .usage && missing?.description.hasPrefix("objects-authorities: ") == true)
        try TestFiles.write(Array("-----BEGIN CERTIFICATE-----\n".utf8), to: path)
        let unfit = try await refusal()
        #expect(unfit?.status == .usage && unfit?.description.contains("no certificate in PEM format") == true)
    }
}
