import ArgumentParser
import NativeWire
import Testing
import UploadHTTP
import UploadTestKit

@testable import WharfCommand

/// The commands and settings in `packaging/` are ones that the server accepts.
@Suite struct PackagingTests {
    private static let packaging =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        + "/packaging/"

    private func lines(_ file: String) throws -> [String] {
        let bytes = try #require(TestFiles.read(Self.packaging + file))
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func `the command and the settings of the service are accepted`() throws {
        let start = try #require(lines("systemd/wharf.service").first { $0.hasPrefix("ExecStart=") })
        let words = start.dropFirst("ExecStart=".count).split(separator: " ").map(String.init)
        #expect(words.prefix(2) == ["/usr/local/bin/wharf", "serve"])
        let flags = try ServeFlags.parse(Array(words.dropFirst(2)))
        #expect(flags.config == "/etc/wharf/wharf.json")
        let file = try SettingsFile.read(Self.packaging + "systemd/wharf.json")
        let settings = try EffectiveSettings(flags: try flags.named(), environment: [:], file: file).values
        #expect(settings.data == "/var/lib/wharf")
        #expect(settings.auth == .tokens(file: "/etc/wharf/tokens"))
        #expect(settings.accessLog == .file(path: "/var/log/wharf/access.log"))
        try settings.requireSafeAccess()
    }

    @Test(arguments: ["Makefile", "Package.swift"])
    func `a server starts with the variables of its build`(file: String) throws {
        let words = try lines("../" + file).flatMap { line in
            line.split { !($0.isASCII && $0.isLetter || $0 == "_") }.map(String.init)
        }
        // The last one is a condition of the compiler.
        let names = Set(words.filter { $0.hasPrefix("WHARF_") && $0 != "WHARF_DELIBERATE_FAULTS" })
        #expect(!names.isEmpty)
        let environment = Dictionary(uniqueKeysWithValues: names.map { ($0, "1") })
        #expect(throws: Never.self) { _ = try EffectiveSettings(environment: environment) }
    }

    @Test func `the service waits longer than the server takes to stop, and has room for its workers`() throws {
        let lines = try lines("systemd/wharf.service")
        let standard = ServerSettings()
        #expect(lines.contains("TimeoutStopSec=60") && standard.shutdownGraceMilliseconds < 60_000)
        // Two workers of three GiB, and the server.
        let (workers, bytes) = (Setting.byName["imaging-workers"], Setting.byName["imaging-memory-bytes-max"])
        #expect(workers?.read(standard) == "2" && bytes?.read(standard) == "3GiB" && lines.contains("MemoryMax=8G"))
        // SIGHUP reloads, see HangUp.
        #expect(lines.contains("ExecReload=/bin/kill -HUP $MAINPID"))
        // A killed worker must not end the server.
        #expect(lines.contains("OOMPolicy=continue"))
    }

    @Test func `the command of the image is accepted, and admits nobody without a token`() throws {
        let command = try #require(lines("container/Dockerfile").first { $0.hasPrefix("CMD [") })
        let words = try NativeJSON.decode([String].self, from: Array(command.dropFirst("CMD ".count).utf8))
        #expect(words.first == "serve")
        let flags = try ServeFlags.parse(Array(words.dropFirst()))
        let settings = try EffectiveSettings(flags: try flags.named(), environment: [:]).values
        #expect(settings.auth == .tokens(file: "/config/tokens") && settings.data == "/data" && !settings.isInsecure)
        try settings.requireSafeAccess()
    }

    @Test func `the settings of a node are those of a cluster, without a directory`() throws {
        let drop = try lines("systemd/node.conf")
        let start = try #require(drop.last { $0.hasPrefix("ExecStart=") })
        let words = start.dropFirst("ExecStart=".count).split(separator: " ").map(String.init)
        #expect(words.prefix(2) == ["/usr/local/bin/wharf", "serve"])
        let flags = try ServeFlags.parse(Array(words.dropFirst(2)))
        #expect(flags.config == "/etc/wharf/wharf.json")
        let settings = try EffectiveSettings(
            flags: try flags.named(), environment: environment(drop, prefix: "Environment=", separator: "="),
            file: try SettingsFile.read(Self.packaging + "systemd/wharf-node.json")
        ).values
        try settings.requireWholeCluster()
        #expect(settings.settingsWithoutEffect.map(\.name) == [])
        try settings.requireSafeAccess()
        #expect(settings.cluster.objects != nil && settings.cluster.credentials == "%d/objects")
        #expect(settings.accessLog == .output)
        // Nothing of the store's directory is left.
        for reset in ["StateDirectory=", "LogsDirectory="] { #expect(drop.contains(reset)) }
    }

    @Test func `the nodes of the compose file are a cluster`() throws {
        let compose = try lines("container/compose.cluster.yaml")
        let key = "  command: "
        let command = try #require(compose.first { $0.hasPrefix(key + "[\"serve") })
        let words = try NativeJSON.decode([String].self, from: Array(command.dropFirst(key.count).utf8))
        let flags = try ServeFlags.parse(Array(words.dropFirst()))
        let settings = try EffectiveSettings(
            flags: try flags.named(), environment: environment(compose, prefix: "    ", separator: ": ")
        ).values
        try settings.requireWholeCluster()
        #expect(settings.settingsWithoutEffect.map(\.name) == [])
        try settings.requireSafeAccess()
        #expect(settings.cluster.objects != nil && settings.auth == .tokens(file: "/config/tokens"))
        #expect(settings.site.publicOrigin == "http://127.0.0.1:8080")
        #expect(compose.contains("  stop_grace_period: 60s") && ServerSettings().shutdownGraceMilliseconds < 60_000)
    }

    /// The variables of the server; of `${NAME:-value}` the value.
    private func environment(_ lines: [String], prefix: String, separator: String) -> [String: String] {
        var variables: [String: String] = [:]
        for line in lines where line.hasPrefix(prefix + "WHARF_") {
            let parts = line.dropFirst(prefix.count).split(separator: separator, maxSplits: 1)
            guard parts.count == 2 else { continue }
            let standard = parts[1].split(separator: ":-", maxSplits: 1)
            variables[String(parts[0])] = String(standard.count == 2 ? standard[1].dropLast() : parts[1])
        }
        return variables
    }
}
