import ArgumentParser
import DurableFiles
import Testing
import UploadCore
import UploadTestKit

@testable import WharfCommand

@Suite struct ServeFlagsTests {
    private func flags(_ arguments: String...) throws -> ServeFlags {
        try ServeFlags.parse(arguments)
    }

    @Test func `every flag corresponds to a setting and accepts its values`() throws {
        let flags = try flags(
            "--listen", "localhost:0", "--data", "/d", "--durability", "process-crash", "--auth", "tokens=/t",
            "--insecure", "--config", "/c", "--log-level", "debug", "--log-format", "json", "--threads", "2",
            "--sweep-interval", "5s", "--shutdown-grace", "1m", "--metrics", "off")
        let values = try EffectiveSettings(flags: try flags.named()).values
        #expect(values.listen == ListenAddress(host: "localhost", port: 0))
        #expect(values.auth == .tokens(file: "/t"))
        #expect(values.isInsecure)
        #expect(!values.isMetricsOn)
        #expect(values.shutdownGraceMilliseconds == 60_000)
        #expect(try flags.named().count == 12)
    }

    @Test func `every setting can be set, and values may contain equals signs`() throws {
        let named = try flags("--set", "chunk-size-max=16MiB", "--set", "auth=tokens=/a=b").named()
        #expect(named == ["chunk-size-max": "16MiB", "auth": "tokens=/a=b"])
    }

    @Test func `a setting given twice or without a name is refused`() throws {
        for arguments in [
            ["--threads", "1", "--set", "threads=2"], ["--set", "linger=1s", "--set", "linger=1s"],
            ["--set", "linger"],
            ["--set", "=1"],
        ] {
            let flags = try ServeFlags.parse(arguments)
            #expect(throws: SettingsError.self) { try flags.named() }
        }
    }

    @Test func `a setting is named as it was typed`() async throws {
        for (arguments, place) in [
            (["--set", "threads=0"], "--set threads: “0”"), (["--threads", "0"], "--threads: “0”"),
            (["--set", "chunk-size-max=x"], "--set chunk-size-max: “x”"),
            (["--set", "linger"], "--set linger: give NAME=VALUE"),
        ] {
            let flags = try ServeFlags.parse(arguments)
            let error = await #expect(throws: SettingsError.self) { try await flags.resolve(environment: [:]) }
            #expect(error?.description.hasPrefix(place) == true, "\(error?.description ?? "")")
        }
    }

    @Test(arguments: [
        ("/", "it is a directory"), ("/dev/null/x", "Not a directory"), ("/none", "there is no such file"),
        ("/dev/zero", "it is no regular file"),
    ])
    func `a file that cannot be read is described`(_ path: String, _ reason: String) {
        let error = #expect(throws: SettingsError.self) { try SettingsFile.read(path) }
        #expect(error?.description == "\(path): \(reason)")
    }

    @Test func `the file given by the environment is read, and a missing one is refused`() async throws {
        let directory = try TemporaryDirectory()
        let files = POSIXFileSystem(root: directory.path)
        let file = try files.open("w.json", .readWriteCreating)
        try Array(#"{"threads": 3, "tags-max": 4}"#.utf8).withUnsafeBytes { try files.write(file, $0, at: 0) }
        files.close(file)
        let flags = try flags("--threads", "5")
        let settings = try await flags.resolve(environment: ["WHARF_CONFIG": directory.path + "/w.json"])
        #expect(settings.values.threads == 5)
        #expect(settings.values.limits.tagsMax == 4)
        #expect(settings.sources["config"] == .environment)
        let error = await #expect(throws: SettingsError.self) {
            try await flags.resolve(environment: ["WHARF_CONFIG": directory.path + "/none.json"])
        }
        #expect(error?.description.hasSuffix("none.json: there is no such file") == true)
    }

    @Test func `without authentication a public address, all origins and all hosts need a permission`() throws {
        func isRefused(_ listen: String, _ changes: KeyValuePairs<String, String> = [:]) throws -> Bool {
            var settings = ServerSettings()
            settings.listen = try #require(ListenAddress(listen))
            for (name, value) in changes { try #require(Setting.byName[name]).apply(value, &settings) }
            do throws(SettingsError) {
                try settings.requireSafeAccess()
                return false
            } catch {
                return true
            }
        }
        #expect(try !isRefused("127.0.0.1:8080"))
        #expect(try !isRefused("localhost:0"))
        #expect(try !isRefused("[::1]:8080"))
        #expect(try isRefused("0.0.0.0:8080"))
        #expect(try isRefused("wharf.example.org:80"))
        #expect(try !isRefused("0.0.0.0:8080", ["insecure": "on"]))
        #expect(try !isRefused("0.0.0.0:8080", ["auth": "tokens=/t"]))
        for name in ["cors-origins", "allowed-hosts"] {
            #expect(try isRefused("127.0.0.1:8080", [name: "any"]))
            #expect(try !isRefused("127.0.0.1:8080", [name: "any", "insecure": "on"]))
            #expect(try !isRefused("127.0.0.1:8080", [name: "any", "auth": "tokens=/t"]))
        }
        #expect(try !isRefused("127.0.0.1:8080", ["cors-origins": "https://a.example", "allowed-hosts": "a.example"]))
        let both = "https://a.example"
        #expect(try isRefused("127.0.0.1:8080", ["public-origin": both, "content-origin": both + ":443"]))
        #expect(try !isRefused("127.0.0.1:8080", ["public-origin": both, "content-origin": both + ":444"]))
    }

    @Test func `cookies and further fields of pages need a list of origins`() throws {
        for change in [("cors-credentials", "on"), ("cors-request-headers", "X-CSRF-Token")] {
            for (origins, isRefused) in [("none", true), ("any", true), ("https://a.example", false)] {
                var settings = ServerSettings()
                for (name, value) in [change, ("cors-origins", origins), ("insecure", "on")] {
                    try #require(Setting.byName[name]).apply(value, &settings)
                }
                do throws(SettingsError) {
                    try settings.requireSafeAccess()
                    #expect(!isRefused)
                } catch {
                    #expect(isRefused && "\(error)".contains("cors-origins"))
                }
            }
        }
    }

    @Test func `the grace period of requests is shorter than the server's`() {
        var settings = ServerSettings()
        #expect(settings.requestGraceMilliseconds == 29_000)
        settings.shutdownGraceMilliseconds = 1000
        #expect(settings.requestGraceMilliseconds == 750)
        settings.shutdownGraceMilliseconds = 0
        #expect(settings.requestGraceMilliseconds == 0)
    }
}
