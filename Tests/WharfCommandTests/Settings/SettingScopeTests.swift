import HTTPTestKit
import Logging
import Testing
import UploadTestKit

@testable import WharfCommand

@Suite struct SettingScopeTests {
    private static let cluster = [
        "catalogue": "postgres://db/wharf", "objects": "s3://photos?region=eu-central-1",
    ]

    private func withoutEffect(_ flags: [String: String]) throws -> [String] {
        try EffectiveSettings(flags: flags).values.settingsWithoutEffect.map(\.name)
    }

    @Test func `every setting says which servers it has an effect on`() {
        #expect(Setting.all.filter { $0.scope == nil }.map(\.name) == [])
        #expect(ServerSettings().settingsWithoutEffect.isEmpty)
    }

    @Test(arguments: [
        [
            "objects-credentials": "/k", "objects-authorities": "/a", "catalogue-connections": "9",
            "objects-memory": "64MiB",
        ],
        ["publish-at-once": "2", "redirect-lifetime": "1m"],
        ["jwt-issuer": "https://id", "jwt-refresh-interval": "1m"],
        ["scrub-rate": "1MiB"], ["access-log-targets": "on"], ["imaging-workers": "3"],
        ["imaging-video-frames-max": "3"],
    ])
    func `what lacks something is named, and nothing once it is there`(_ flags: [String: String]) throws {
        var lacking = flags
        if flags["scrub-rate"] != nil { lacking["scrub-interval"] = "0" }
        if flags["imaging-workers"] != nil { lacking["imaging"] = "off" }
        if flags["imaging-video-frames-max"] != nil { lacking["imaging-video"] = "off" }
        #expect(try Set(withoutEffect(lacking)) == Set(flags.keys))
        let complete = flags.merging(Self.cluster) { first, _ in first }.merging([
            "publish": "for-people", "redirect-downloads": "on", "access-log": "-", "auth": "jwt",
            "jwt-keys": "https://id/keys",
        ]) { first, _ in first }
        #expect(try withoutEffect(complete) == [])
    }

    @Test func `a node of a cluster has no directory`() throws {
        let flags = ["data": "/store", "direct-io": "off", "threads": "4", "free-bytes-min": "1GiB"]
        #expect(try withoutEffect(flags) == [])
        #expect(try Set(withoutEffect(flags.merging(Self.cluster) { first, _ in first })) == Set(flags.keys))
        #expect(try withoutEffect(Self.cluster.merging(["threads": "8"]) { first, _ in first }) == [])
    }

    @Test func `the start of a server warns once of each, with what it needs`() async throws {
        let capture = LogCapture()
        var settings = try EffectiveSettings(flags: ["objects-credentials": "/k"]).values
        settings.data = "/proc/no/store"
        let process = ServerProcess(settings: settings, path: nil, logger: capture.logger)
        await #expect(throws: ServeError.self) { try await process.run() }
        let warnings = capture.lines.filter { $0.message == "a setting has no effect" }
        #expect(warnings.map(\.level) == [.warning])
        #expect(warnings.first?.metadata == ["setting": "objects-credentials", "needs": "catalogue and objects"])
    }
}
